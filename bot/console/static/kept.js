/* What was written on a page outlives its session: whoever was signed out while writing is told so and stays on the page,
 * signs in in another tab, and sends the form from here with a fresh token.  Before console.js, whose submit comes after. */
(function () {
  "use strict";

  var AGED = 120000; /* After so many milliseconds a page asks before it sends whether its session still holds. */
  var out = false, asking = null;

  function written(root) {
    var fields = root.querySelectorAll("textarea, input[type=text], input[type=search], input[type=file], input:not([type])");
    return Array.prototype.some.call(fields, function (field) {
      return field.form && field.form.method === "post" && (field.type === "file" ? field.value !== "" : field.value !== field.defaultValue);
    });
  }

  function tell(words, link) {
    var box = document.getElementById("flashes"), line = document.getElementById("signed-out") || document.createElement("p");
    if (!box) { return; }
    line.id = "signed-out";
    line.className = "flash flash-warning";
    line.textContent = words;
    if (link) {
      var open = document.createElement("a");
      open.href = "/console/login";
      open.target = "_blank";
      open.textContent = "在新的标签页里登录";
      line.appendChild(open);
    }
    box.appendChild(line);
    line.scrollIntoView({ block: "center" });
  }

  function signedOut() {
    if (!document.getElementById("signed-out") || !out) {
      tell("您已经退出登录，写的还在这一页里，没有丢。请先登录，再回到这一页保存。", true);
    }
    out = true;
  }

  /* htmx would leave the page for the login at once. */
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    var answer = event.detail.xhr;
    if (answer.status === 401 && written(document)) { event.preventDefault(); signedOut(); }
  });

  function refresh(page) {
    var token = /name="csrf_token" value="([^"]+)"/.exec(page);
    if (!token) { return; }
    Array.prototype.forEach.call(document.querySelectorAll("input[name=csrf_token]"), function (field) { field.value = token[1]; });
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token[1] }));
  }

  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (form.hasAttribute("data-still-in")) { form.removeAttribute("data-still-in"); return; }
    if (form.method !== "post" || !(out || performance.now() > AGED) || !written(form)) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asking === form) { return; }
    asking = form;
    fetch("/console/me", { headers: { "X-Background": "1" }, credentials: "same-origin" }).then(function (answer) {
      if (answer.url.indexOf("/console/login") >= 0) { out = false; signedOut(); return null; }
      return answer.text().then(function (page) {
        var line = document.getElementById("signed-out");
        if (line) { line.remove(); }
        out = false;
        refresh(page);
        form.setAttribute("data-still-in", "");
        form.requestSubmit(button);
      });
    }).catch(function () {
      tell("连不上服务器，写的还在这一页里。请检查网络后再试。", false);
    }).then(function () { asking = null; });
  }, true);
})();
