/* Tickets: the chooser of units; after a line was dealt with the next one is chosen, so that one goes on with the same key. */
(function () {
  "use strict";

  var wasChosen = false, swapped = "";

  function filter(box) {
    var wanted = box.querySelector("[data-chooser-search]").value.trim().toLowerCase().replace(/[\s']+/g, ""), shown = 0;
    Array.prototype.forEach.call(box.querySelectorAll("[data-find]"), function (line) {
      line.hidden = wanted !== "" && line.getAttribute("data-find").replace(/\s+/g, " ").indexOf(wanted) < 0;
      line.style.display = line.hidden ? "none" : "";
      if (!line.hidden) { shown += 1; }
    });
    box.querySelector("[data-chooser-none]").hidden = shown > 0;
  }

  function first(box) {
    return Array.prototype.filter.call(box.querySelectorAll("[data-find]"), function (line) { return !line.hidden; })[0];
  }

  document.addEventListener("input", function (event) {
    if (event.target.matches("[data-chooser-search]")) { filter(event.target.closest("[data-chooser]")); }
  });

  /* Enter in the search takes the first that fits; once more sends the form.  Arrow down walks into the list. */
  document.addEventListener("keydown", function (event) {
    if (!event.target.matches || !event.target.matches("[data-chooser-search]") || event.isComposing) { return; }
    var line = first(event.target.closest("[data-chooser]")), radio = line && line.querySelector("input[type=radio]");
    if ((event.key === "Enter" || event.key === "ArrowDown") && radio) {
      event.preventDefault();
      radio.checked = true;
      radio.focus();
    }
  });

  /* A template goes into the text; what stands there already stays below it. */
  document.addEventListener("change", function (event) {
    var at = event.target, text = at.matches && at.matches("[data-template]") && document.getElementById(at.getAttribute("data-template"));
    if (text && at.value) {
      text.value = at.value + (text.value.trim() ? "\n" + text.value : "");
      text.focus();
      var gap = text.value.indexOf("【"), end = text.value.indexOf("】");
      if (gap >= 0 && end > gap) { text.setSelectionRange(gap, end + 1); }
    }
    if (at.matches("[data-all]")) {
      Array.prototype.forEach.call(document.querySelectorAll("input[name=number]"), function (box) { box.checked = at.checked; });
    }
    if (at.closest("[data-several]")) { count(); }
  });

  function count() {
    var bar = document.querySelector("[data-count]"), number = document.querySelectorAll("input[name=number]:checked").length;
    if (bar) { bar.parentElement.classList.toggle("some", number > 0); }
    if (bar) { bar.textContent = number ? "勾选了 " + number + " 张" : "勾选以后可以一起办"; }
  }

  document.addEventListener("click", function (event) {
    var at = event.target.closest ? event.target : event.target.parentElement, put = at && at.closest("[data-put]");
    if (put) {
      var field = document.getElementById(put.getAttribute("data-put"));
      field.value = put.getAttribute("data-value");
      field.focus();
    }
    var summary = at && at.closest("summary");
    /* Its key opens and never closes: whoever presses it wants to write. */
    if (summary && summary.parentElement.open && !event.isTrusted) { event.preventDefault(); }
    if (summary) { window.setTimeout(into, 0, summary.parentElement); }
  });

  /* Whoever opens what is to be done goes on writing at once. */
  function into(details) {
    var field = details.open && details.querySelector("textarea, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), button[type=submit]");
    if (field) { field.focus(); }
  }

  document.addEventListener("opened", function (event) { into(event.target); });

  function named() {
    var details = location.hash.indexOf("#do-") === 0 && document.getElementById(location.hash.slice(1));
    if (details) { details.open = true; into(details); }
  }
  window.addEventListener("hashchange", named);
  window.addEventListener("pageshow", count);
  named();

  /* Only once htmx has settled: until then the new line still has the attributes of the old one. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    var target = event.detail.target;
    if (target.matches("[data-row]")) { swapped = target.id; wasChosen = target.matches(".chosen"); }
  });
  document.addEventListener("htmx:afterSettle", function () {
    var line = swapped && document.getElementById(swapped);
    swapped = "";
    if (!line) { return; }
    if (wasChosen && window.consoleChoose) {
      var rows = Array.prototype.slice.call(document.querySelectorAll("[data-list] [data-row]")), at = rows.indexOf(line);
      var next = line.hasAttribute("data-done") ? rows.slice(at + 1).filter(function (row) { return !row.hasAttribute("data-done"); })[0] : line;
      window.consoleChoose(next || line);
    }
    var focus = line.querySelector("[autofocus]");
    if (focus) { focus.focus(); }
  });
})();
