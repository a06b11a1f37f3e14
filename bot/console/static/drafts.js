/* What somebody writes is kept in this tab until the server has it: a session that ends in between, a fault or a closed page
 * takes no words.  Kept by account, address and field; gone when it was sent, or who wrote it signs out. */
(function () {
  "use strict";

  var account = document.body.getAttribute("data-account"), KEY = "words|", SENT = "words-sent";
  var kept = "textarea, input[type=text], input:not([type])", store;
  try { store = window.sessionStorage; store.getItem(SENT); } catch (error) { return; }

  function name(field) { return KEY + account + "|" + location.pathname + "|" + (field.id || field.name); }
  function ours(field) { return field.form && field.form.method === "post" && field.matches(kept) && (field.id || field.name) && !field.readOnly; }
  function fields(place) { return Array.prototype.filter.call(place.querySelectorAll(kept), ours); }
  function forget(names) { names.forEach(function (one) { store.removeItem(one); }); store.removeItem(SENT); }

  function forgetAll() {
    Object.keys(store).filter(function (one) { return one.indexOf(KEY) === 0; }).forEach(function (one) { store.removeItem(one); });
  }

  /* Only what stands empty is filled: what the server sent back is newer. */
  function restore(place) {
    var found = fields(place).filter(function (field) { return !field.value && store.getItem(name(field)); });
    found.forEach(function (field) {
      field.value = store.getItem(name(field));
      for (var box = field.closest("details"); box; box = box.parentElement.closest("details")) { box.open = true; }
    });
    if (found.length) { window.consoleTell("上次写了没送出去的字还在，已经放回去了。"); }
  }

  if (!account) { store.removeItem(SENT); return; }

  var sent = JSON.parse(store.getItem(SENT) || "[]");
  if (document.querySelector("[data-failed]")) { store.removeItem(SENT); } else { forget(sent); }
  restore(document);

  document.addEventListener("input", function (event) {
    if (!ours(event.target)) { return; }
    try {
      if (event.target.value.trim()) { store.setItem(name(event.target), event.target.value); } else { store.removeItem(name(event.target)); }
    } catch (error) { /* full: then this one is not kept */ }
  });
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
})();
