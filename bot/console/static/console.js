/* The console's keyboard, its menu on a phone, confirmations, and what htmx could not do.
 *
 * data-list around data-row: j, k move, Enter opens the row's first link (or the one with data-open), x ticks its box.
 * data-key="1": pressed by that key, inside the chosen row first.  data-search: "/" goes there.  data-confirm: asked before
 * a form is sent.  data-help: opens the help.  data-copy="text": copied.  data-print: prints the page.
 * A search field with hx-target and data-enter: Enter goes to the first that was found for what stands in it. */
(function () {
  "use strict";

  var typing = "input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select, [contenteditable=true]";

  function visible(element) { return element.getClientRects().length > 0 && !element.disabled; }
  function rows() { return Array.prototype.filter.call(document.querySelectorAll("[data-list] [data-row]"), visible); }
  function chosen() { return document.querySelector("[data-row].chosen"); }

  function choose(row) {
    var before = chosen();
    if (before) { before.classList.remove("chosen"); before.removeAttribute("aria-current"); }
    row.classList.add("chosen");
    row.setAttribute("aria-current", "true");
    row.setAttribute("tabindex", "-1");
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    var all = rows(), at = all.indexOf(chosen());
    if (all.length) { choose(all[Math.min(Math.max(at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step, 0), all.length - 1)]); }
  }

  function press(key) {
    var row = chosen(), places = row ? [row, document] : [document];
    for (var i = 0; i < places.length; i++) {
      var found = Array.prototype.filter.call(places[i].querySelectorAll('[data-key="' + key + '"]'), visible);
      if (found.length) { found[0].click(); return true; }
    }
    return false;
  }

  function help() {
    var dialog = document.getElementById("help");
    if (dialog) { if (dialog.open) { dialog.close(); } else { dialog.showModal(); } }
  }

  function open(row) {
    var link = row.querySelector("[data-open]") || row.querySelector("a[href]");
    if (link) { link.click(); }
  }

  /* Never the first of what an earlier word found: Enter waits for the list of this one. */
  var seeking = null;

  function toFound(field) {
    var found = document.querySelector(field.getAttribute("hx-target")), list = found && found.querySelector("[data-found]");
    var first = found && found.querySelector("button");
    seeking = list && list.getAttribute("data-found") === field.value.trim() ? null : field;
    if (!seeking && first) { first.focus(); }
  }

  document.addEventListener("htmx:afterSettle", function () {
    if (seeking && document.activeElement === seeking) { toFound(seeking); }
  });

  /* Without https there is no clipboard object. */
  function copied(text) {
    if (navigator.clipboard) { return navigator.clipboard.writeText(text); }
    var helper = document.createElement("textarea"), done;
    helper.value = text;
    helper.readOnly = true;
    document.body.appendChild(helper);
    helper.select();
    done = document.execCommand("copy");
    helper.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("refused"));
  }

  /* A line above the page; what it gives back can get a link. */
  function tell(words, kind) {
    var line = document.createElement("p");
    line.className = "flash flash-" + (kind || "info");
    line.textContent = words;
    document.getElementById("flashes").appendChild(line);
    if (line.getBoundingClientRect().top < 0) { line.scrollIntoView({ block: "center" }); }
    return line;
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    var target = event.target;
    if (target.matches && target.matches(typing)) {
      if (event.key === "Escape") { target.blur(); }
      if (event.key === "Enter" && target.matches("[data-enter][hx-target]")) { event.preventDefault(); toFound(target); }
      return;
    }
    var dialog = document.querySelector("dialog[open]");
    if (dialog) {
      if (event.key === "?" && dialog.id === "help") { event.preventDefault(); dialog.close(); }
      return;
    }
    var row = chosen(), done = true;
    /* What the line was asked for is on its way: keys that are pressed meanwhile are meant for that. */
    if (row && !/^[jk?/]$/.test(event.key) && (row.matches(".htmx-request") || row.querySelector(".htmx-request"))) { event.preventDefault(); return; }
    if (event.key === "j") { move(1); }
    else if (event.key === "k") { move(-1); }
    else if (event.key === "?") { help(); }
    else if (event.key === "/") {
      var search = Array.prototype.filter.call(document.querySelectorAll("[data-search]"), visible)[0];
      if (search) { search.focus(); search.select(); } else { done = false; }
    }
    else if (event.key === "Enter" && row && target === row) { open(row); }
    else if (event.key === "x" && row && row.querySelector("input[type=checkbox]")) { row.querySelector("input[type=checkbox]").click(); }
    else if (/^[0-9a-z]$/.test(event.key)) { done = press(event.key); }
    else { done = false; }
    if (done) { event.preventDefault(); }
  });

  document.addEventListener("click", function (event) {
    var at = event.target.closest ? event.target : event.target.parentElement;
    if (!at) { return; }
    if (at.closest("[data-help]")) { help(); }
    var toggle = at.closest("[data-toggle=side]");
    if (toggle) {
      var shown = document.getElementById("side").classList.toggle("open");
      toggle.setAttribute("aria-expanded", String(shown));
    }
    var copy = at.closest("[data-copy]");
    if (copy) {
      copied(copy.getAttribute("data-copy")).then(function () { tell("已复制", "success"); },
        function () { tell("没有复制成，请自己选中再复制。", "warning"); }).then(function () { copy.focus(); });
    }
    if (at.closest("[data-print]")) { window.print(); }
    var row = at.closest("[data-row]");
    if (row && !at.closest("a, button, input, select, textarea, label, summary") && String(window.getSelection()) === "") {
      if (row === chosen()) { open(row); } else { choose(row); }
    }
  });

  document.addEventListener("submit", function (event) {
    var words = event.target.getAttribute("data-confirm");
    if (words && !window.confirm(words)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (event.target.method === "dialog" || event.target.matches("[hx-post], [hx-get], [data-again]") || event.defaultPrevented) { return; }
    /* Twice pressed is sent once. */
    if (event.target.hasAttribute("data-sent")) { event.preventDefault(); return; }
    event.target.setAttribute("data-sent", "");
    window.setTimeout(function (form) { form.removeAttribute("data-sent"); }, 4000, event.target);
  }, true);

  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.querySelectorAll("[data-sent]"), function (form) { form.removeAttribute("data-sent"); });
  });

  /* What renews itself or follows the typing waits while somebody presses in it: the button would be gone before the finger
   * is up.  A list comes again by itself. */
  var pressed = null, late = null;
  function released() {
    if (late) { window.htmx.swap(late.target, late.text, { swapStyle: "innerHTML" }); }
    pressed = late = null;
  }
  document.addEventListener("pointerdown", function (event) { pressed = event.target; });
  ["pointerup", "pointercancel"].forEach(function (type) {
    document.addEventListener(type, function () { window.setTimeout(released, 0); });
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail, asked = detail.requestConfig;
    if (!pressed || !detail.shouldSwap || !detail.target.contains(pressed)) { return; }
    if (asked.headers["X-Background"]) { detail.shouldSwap = false; }
    else if (!asked.elt.closest("[hx-swap]")) { detail.shouldSwap = false; late = { target: detail.target, text: detail.xhr.responseText }; }
  });

  /* It keeps the line that was chosen, else a key would press the first line's button; and whatever had the focus has it again. */
  var kept = null, focused = null;
  function inside(place) { return Array.prototype.slice.call(place.querySelectorAll("a[href], button, input, select, textarea, summary")); }
  document.addEventListener("htmx:beforeSwap", function (event) {
    var row = chosen(), target = event.detail.target, at = document.activeElement, place;
    if (row && row.id && target !== row && target.contains(row)) { kept = { id: row.id, focused: row === at }; }
    if (event.detail.requestConfig.headers["X-Background"] && at !== target && target.contains(at) && !at.id) {
      place = at.closest("[id]");
      focused = { id: place.id, nth: inside(place).indexOf(at) };
    }
  });
  document.addEventListener("htmx:afterSettle", function () {
    var row = kept && document.getElementById(kept.id), place = focused && document.getElementById(focused.id);
    if (row && !chosen()) {
      row.classList.add("chosen");
      row.setAttribute("aria-current", "true");
      row.setAttribute("tabindex", "-1");
      if (kept.focused) { row.focus({ preventScroll: true }); }
    }
    if (place && document.activeElement === document.body && inside(place)[focused.nth]) { inside(place)[focused.nth].focus({ preventScroll: true }); }
    kept = focused = null;
  });

  document.addEventListener("htmx:responseError", function (event) {
    var answer = event.detail.xhr;
    if (answer.getResponseHeader("HX-Redirect") || event.detail.requestConfig.headers["X-Background"]) { return; }
    var plain = (answer.getResponseHeader("Content-Type") || "").indexOf("text/plain") === 0;
    tell(plain && answer.responseText ? answer.responseText : "没有办成，请刷新页面再试。", "danger");
  });
  document.addEventListener("htmx:sendError", function (event) {
    if (!event.detail.requestConfig.headers["X-Background"]) { tell("连不上服务器，请检查网络后再试。", "danger"); }
  });

  /* A long navigation shows the line of the page that is open. */
  var side = document.getElementById("side"), here = side && side.querySelector("nav a[aria-current]");
  if (here && here.getBoundingClientRect().bottom > window.innerHeight) {
    side.scrollTop = here.offsetTop - side.clientHeight / 2;
  }

  window.consoleTell = tell;
  window.consoleChoose = choose;
})();
