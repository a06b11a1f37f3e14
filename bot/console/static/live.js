/* Residents who wait: the number in the title and a sound on every page; a clerk's conversation: scrolling, suggestions, Ctrl+Enter.
 * The sound needs a tap first (browsers demand it): [data-sound] on the list of conversations. */
(function () {
  "use strict";

  var title = document.title, newest = null, audio = null;

  function remembered() { try { return localStorage.getItem("console.sound") === "on"; } catch (error) { return false; } }
  function remember(on) { try { localStorage.setItem("console.sound", on ? "on" : "off"); } catch (error) { /* a private window */ } }

  function ring() {
    if (!remembered()) { return; }
    try {
      audio = audio || new (window.AudioContext || window.webkitAudioContext)();
      audio.resume();
      [0, 0.25].forEach(function (delay, k) {
        var tone = audio.createOscillator(), volume = audio.createGain(), from = audio.currentTime + delay;
        tone.frequency.value = k ? 880 : 660;
        volume.gain.setValueAtTime(0.2, from);
        volume.gain.exponentialRampToValueAtTime(0.001, from + 0.22);
        tone.connect(volume); volume.connect(audio.destination);
        tone.start(from); tone.stop(from + 0.23);
      });
    } catch (error) { /* no sound on this machine */ }
  }

  function paintSignal() {
    var signal = document.getElementById("live-signal");
    if (!signal) { return; }
    var waiting = Number(signal.dataset.waiting), latest = Number(signal.dataset.newest);
    document.title = waiting ? "(" + waiting + " 人在等) " + title : title;
    if (newest !== null && waiting && latest > newest) { ring(); }
    newest = Math.max(latest, newest || 0);
  }

  function paintSound() {
    var button = document.querySelector("[data-sound]");
    if (!button) { return; }
    button.setAttribute("aria-pressed", String(remembered()));
    button.textContent = remembered() ? "提示音开着" : "打开提示音";
  }

  function toBottom() {
    var log = document.getElementById("talk");
    if (log) { log.scrollTop = log.scrollHeight; }
  }

  /* A poll and a sending can bring the same line: it is shown once. */
  document.addEventListener("htmx:oobBeforeSwap", function (event) {
    Array.prototype.forEach.call(event.detail.fragment.querySelectorAll("[id^=line-]"), function (line) {
      if (document.getElementById(line.id)) { line.remove(); }
    });
  });
  document.addEventListener("htmx:oobAfterSwap", toBottom);
  document.addEventListener("htmx:afterSettle", paintSignal);
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = document.getElementById("write");
    if (form && event.target === form && event.detail.successful) { form.elements.text.value = ""; form.elements.text.focus(); }
  });

  document.addEventListener("click", function (event) {
    var use = event.target.closest("[data-use]"), sound = event.target.closest("[data-sound]");
    if (use) {
      var field = document.getElementById("text");
      field.value = use.parentElement.querySelector(".said").textContent;
      field.focus();
    }
    if (sound) { remember(!remembered()); paintSound(); ring(); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "text") { event.target.form.requestSubmit(); }
  });

  paintSignal(); paintSound(); toBottom();
})();
