/* Tickets: the chooser of units; after a line was dealt with the next one is chosen, so that one goes on with the same key. */
(function () {
  "use strict";

  var wasChosen = false;

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

  document.addEventListener("htmx:beforeSwap", function (event) {
    wasChosen = event.detail.target.matches("[data-row].chosen");
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    var line = event.detail.elt || event.target;
    if (!line || !line.matches || !line.matches("[data-row]")) { return; }
    if (wasChosen && window.consoleChoose) {
      var rows = Array.prototype.slice.call(document.querySelectorAll("[data-list] [data-row]")), at = rows.indexOf(line);
      var next = line.hasAttribute("data-done") ? rows.slice(at + 1).filter(function (row) { return !row.hasAttribute("data-done"); })[0] : line;
      window.consoleChoose(next || line);
    }
    var focus = line.querySelector("[autofocus]");
    if (focus) { focus.focus(); }
  });
})();
