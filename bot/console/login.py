"""Signing in and out, one's own password."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from bot.accounts.guessing import FREE_BY_ADDRESS, FREE_BY_NAME, key_of
from bot.accounts.passwords import hash_password, verify, weakness
from bot.console.frame import audit, signed_in
from bot.console.parts import parts
from bot.console.questions import desk
from bot.console.session import current_account, is_console_path, sign_in, sign_out

MOST = 128


def bind_login(console: Blueprint) -> None:
    """Add the views."""
    console.add_url_rule("/login", "login", login, methods=["GET"])
    console.add_url_rule("/login", "sign_in", attempt, methods=["POST"])
    console.add_url_rule("/logout", "logout", logout, methods=["POST"])
    console.add_url_rule("/me", "me", me, methods=["GET"])
    console.add_url_rule("/me/password", "change_password", change_password, methods=["POST"])
    console.add_url_rule("/me/sessions", "end_sessions", end_sessions, methods=["POST"])


def login() -> ResponseReturnValue:
    """The page to sign in."""
    if current_account():
        return redirect(url_for("console.home"))
    return render_template("console/login.html", next=_next(request.args.get("next")), username="")


def attempt() -> ResponseReturnValue:
    """Sign in, or say that it failed: in the same words and after the same work whether the name exists or not."""
    username, password = request.form.get("username", "")[:MOST].strip(), request.form.get("password", "")[:MOST]
    after = _next(request.form.get("next"))
    guesses, now = parts().guesses, parts().clock()
    free = {key_of("name", username): FREE_BY_NAME, key_of("address", request.remote_addr or ""): FREE_BY_ADDRESS}
    wait = max(guesses.tally(key).waits(now) for key in free)
    if wait.total_seconds() > 0:
        minutes = -(-int(wait.total_seconds()) // 60)
        return _refused(f"试的次数太多了，请过 {minutes} 分钟再试；忘了密码请找管理员重设。", username, after, 429)
    account = parts().accounts.named(username)
    right = verify(account.password if account and account.active else None, password)
    if account is None or not right:
        guesses.failed(free)
        audit("session.refused", username=account.username if account else "")
        return _refused("用户名或密码不对。", username, after, 403)
    guesses.forget(key_of("name", username))
    sign_in(account)
    parts().accounts.signed_in(account.id)
    audit("session.sign_in", username=account.username)
    return redirect(url_for("console.me") if account.must_change else after)


def _refused(words: str, username: str, after: str, status: int) -> ResponseReturnValue:
    return render_template("console/login.html", next=after, username=username, words=words), status


def _next(given: str | None) -> str:
    """Where to go after signing in: a page of the console and nowhere else."""
    parsed = urlsplit(given or "")
    if given and not parsed.scheme and not parsed.netloc and is_console_path(parsed.path) and "\\" not in given:
        return given
    return url_for("console.home")


def logout() -> ResponseReturnValue:
    """End this session."""
    audit("session.sign_out")
    left = desk().live.leave(signed_in().id)
    sign_out()
    flash("已退出。" + (f"您手里的{left}段对话交还了机器人，等着回话的留给了同事。" if left else ""), "success")
    return redirect(url_for("console.login"))


def me() -> ResponseReturnValue:
    """Who I am here, and my password."""
    return render_template("console/me.html", errors={})


def change_password() -> ResponseReturnValue:
    """Set one's own password; every other session of the account ends."""
    account = signed_in()
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    errors: dict[str, str] = {}
    if not verify(account.password, old[:MOST]):
        errors["old"] = "现在的密码不对"
        parts().guesses.failed({key_of("own", account.username): FREE_BY_NAME})
    if parts().guesses.tally(key_of("own", account.username)).waits(parts().clock()):
        errors["old"] = "试的次数太多了，请过一会儿再试"
    if weak := weakness(new, account.username, str(parts().words.get("district", ""))):
        errors["new"] = weak
    elif new == old:
        errors["new"] = "新密码和现在的一样"
    elif new != again:
        errors["again"] = "两次输入的新密码不一样"
    if errors:
        return render_template("console/me.html", errors=errors), 400
    changed = parts().accounts.set_password(account.id, hash_password(new), must_change=False)
    audit("account.own_password", account.username)
    started = session["started"]
    sign_in(changed)
    session["started"] = started
    flash("密码已修改，别处的登录都已退出。", "success")
    return redirect(url_for("console.home"))


def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    account = signed_in()
    audit("session.end_all", account.username)
    parts().accounts.end_sessions(account.id)
    desk().live.leave(account.id)
    sign_out()
    flash("已在所有设备上退出。", "success")
    return redirect(url_for("console.login"))
