/* Words outlive a session.  What somebody writes is kept in this tab until the server has it: a session that ends in between,
 * a fault or a closed page takes none.  Whoever is signed out while writing is told so and stays on the page, signs in in
 * another tab, and sends the form from here with a fresh token.
 *
 * Kept by account, address and field; gone when it was sent, or who wrote it signs out.  Before console.js, whose submit
 * comes after. */
(function () {
  "use strict";

  var AGED = 120000; /* After so many milliseconds a page asks before it sends whether its session still holds. */
  var KEY = "words|", SENT = "words-sent";
  var account = document.body.getAttribute("data-account"), store = null, out = false, asking = null;
  try { store = window.sessionStorage; store.getItem(SENT); } catch (error) { store = null; }

  /* ---- which fields count: words of one's own, in a form that changes something ---- */

  function counts(field) {
    return field.matches("textarea, input[type=text], input:not([type])") && field.form && field.form.method === "post" &&
      !field.readOnly && Boolean(field.id || field.name);
  }

  function fields(place) { return Array.prototype.filter.call(place.querySelectorAll("textarea, input"), counts); }

  /* A file cannot be kept, but is as much work as words. */
  function written(place) {
    return fields(place).some(function (field) { return field.value !== field.defaultValue; }) ||
      Array.prototype.some.call(place.querySelectorAll("input[type=file]"), function (field) { return field.value !== ""; });
  }

  /* ---- kept in this tab ---- */

  function name(field) { return KEY + account + "|" + location.pathname + "|" + (field.id || field.name); }

  function keep(field) {
    try {
      if (field.value.trim()) { store.setItem(name(field), field.value); } else { store.removeItem(name(field)); }
    } catch (error) { /* full: then this one is not kept */ }
  }

  function forget(names) { names.forEach(function (one) { store.removeItem(one); }); store.removeItem(SENT); }

  function forgetAll() {
    Object.keys(store).filter(function (one) { return one.indexOf(KEY) === 0; }).forEach(function (one) { store.removeItem(one); });
  }

  /* Only what stands empty is filled: what the server sent back is newer.  Whatever follows what is written follows this too. */
  function restore(place) {
    var found = fields(place).filter(function (field) { return !field.value && store.getItem(name(field)); });
    found.forEach(function (field) {
      field.value = store.getItem(name(field));
      for (var box = field.closest("details"); box; box = box.parentElement.closest("details")) { box.open = true; }
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    if (found.length) { window.consoleTell("上次写了没送出去的字还在，已经放回去了。"); }
  }

  function keepWords() {
    document.addEventListener("input", function (event) { if (counts(event.target)) { keep(event.target); } });
    document.addEventListener("submit", function (event) {
      if (event.target.matches("[data-leaves]")) { forgetAll(); return; }
      if (!event.defaultPrevented && !event.target.matches("[hx-post]")) { store.setItem(SENT, JSON.stringify(fields(event.target).map(name))); }
    });
    document.addEventListener("htmx:afterRequest", function (event) {
      var form = event.detail.elt;
      if (event.detail.successful && form.matches && form.matches("form")) { forget(fields(form).map(name)); }
    });
    document.addEventListener("htmx:load", function (event) {
      if (event.detail.elt !== document.body) { restore(event.detail.elt); }
    });
    document.addEventListener("DOMContentLoaded", function () {
      var sent = JSON.parse(store.getItem(SENT) || "[]");
      if (document.querySelector("[data-failed]")) { store.removeItem(SENT); } else { forget(sent); }
      restore(document);
    });
  }

  /* ---- signed out while writing ---- */

  function signedOut() {
    var line = document.getElementById("signed-out"), link = document.createElement("a");
    out = true;
    if (!line) {
      line = window.consoleTell("您已经退出登录，写的还在这一页里，没有丢。请先登录，再回到这一页保存。", "warning");
      line.id = "signed-out";
      link.href = "/console/login";
      link.target = "_blank";
      link.textContent = "在新的标签页里登录";
      line.appendChild(link);
    }
    line.scrollIntoView({ block: "center" });
  }

  function signedIn(page) {
    var line = document.getElementById("signed-out"), token = /name="csrf_token" value="([^"]+)"/.exec(page);
    if (line) { line.remove(); }
    out = false;
    if (!token) { return; }
    Array.prototype.forEach.call(document.querySelectorAll("input[name=csrf_token]"), function (field) { field.value = token[1]; });
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token[1] }));
  }

  function stayWithThem() {
    /* htmx would leave the page for the login at once. */
    document.addEventListener("htmx:beforeOnLoad", function (event) {
      if (event.detail.xhr.status === 401 && written(document)) { event.preventDefault(); signedOut(); }
    });
    document.addEventListener("submit", function (event) {
      var form = event.target, button = event.submitter;
      if (form.hasAttribute("data-still-in")) { form.removeAttribute("data-still-in"); return; }
      if (form.method !== "post" || !(out || performance.now() > AGED) || !written(form)) { return; }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (asking === form) { return; }
      asking = form;
      fetch("/console/me", { headers: { "X-Background": "1" }, credentials: "same-origin" }).then(function (answer) {
        if (answer.url.indexOf("/console/login") >= 0) { signedOut(); return null; }
        return answer.text().then(function (page) {
          signedIn(page);
          form.setAttribute("data-still-in", "");
          form.requestSubmit(button);
        });
      }).catch(function () {
        window.consoleTell("连不上服务器，写的还在这一页里。请检查网络后再试。", "danger");
      }).then(function () { asking = null; });
    }, true);
  }

  /* Nobody is signed in: nothing to lose, and the login itself must go through. */
  if (!account) { if (store) { store.removeItem(SENT); } return; }
  stayWithThem();
  if (store) { keepWords(); }
})();
