/* The resident's page: the field, the room that is left for the conversation, and the start of it all.
 *
 * words.js makes elements of words, log.js shows the conversation, server.js talks to the server, sending.js sends what is
 * typed or tapped, fetching.js brings what the server keeps, photo.js chooses photos; early.js, before them all, keeps what is
 * typed and tapped until they are there.
 * For WebViews from 2017 on (ES2017: no optional chaining, no object spread, no Promise.finally). */
(function (resident) {
  'use strict';

  const COUNT_FROM = 400;

  const page = document.documentElement;
  const conversation = document.getElementById('conversation');
  const composer = document.getElementById('composer');
  const field = document.getElementById('text');
  const sendButton = document.getElementById('send');
  const counter = document.getElementById('counter');
  const newer = document.getElementById('newer');
  const offline = document.getElementById('offline');
  const largeType = document.getElementById('large-type');

  const memory = resident.memory;
  const shown = resident.log;
  const log = shown.element;
  const sending = resident.sending;
  const fetchMessages = resident.fetchMessages;
  const LONGEST = sending.LONGEST;

  /* ---- the field ---- */

  function paintSend() {
    const length = resident.words.lengthOf(field.value.trim());
    sendButton.setAttribute('aria-disabled', String(sending.busy || length === 0 || length > LONGEST));
  }

  function paintCounter() {
    const length = resident.words.lengthOf(field.value.trim());
    counter.hidden = length < COUNT_FROM;
    counter.classList.toggle('too-long', length > LONGEST);
    counter.textContent = length > LONGEST
      ? length + ' / ' + LONGEST + '，多了 ' + (length - LONGEST) + ' 个字，请删短一些或分两次发'
      : length + ' / ' + LONGEST;
  }

  function growField() {
    field.style.height = 'auto';
    field.style.height = (field.scrollHeight + field.offsetHeight - field.clientHeight) + 'px';
  }

  function fieldChanged() {
    memory.write('draft', field.value);
    growField();
    paintCounter();
    paintSend();
  }

  function setText(text) {
    field.value = text;
    fieldChanged();
  }

  const touch = window.matchMedia && matchMedia('(pointer: coarse)').matches;

  function sendField() {
    if (!field.value.trim()) {
      field.focus();
      return;
    }
    if (!sending.submit(field.value)) return;
    setText('');
    // On a phone the keyboard goes down, so that the whole answer can be read.
    if (touch) field.blur();
    else field.focus();
  }

  let composing = false;

  function sendOnEnter(event) {
    if (event.key !== 'Enter' || event.shiftKey) return;
    // 229: Safari ends the composition just before the Enter that ended it.
    if (composing || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!event.repeat) sendField();
  }

  /* ---- the room that is left ---- */

  const hasDynamicHeight = window.CSS && CSS.supports && CSS.supports('height', '100dvh');
  let wasNearBottom = true;
  let room = 0;

  // iOS lays its keyboard over the page; old WebViews count the address bar as room.  Both hide the field.
  function fitHeight() {
    const visual = window.visualViewport;
    const zoomed = visual && Math.abs(visual.scale - 1) > 0.05;
    const height = visual && !zoomed ? visual.height : window.innerHeight;
    const covered = height < window.innerHeight - 80;
    const typingOnGlass = touch && document.activeElement === field;
    page.classList.toggle('compact', height < 400 || (typingOnGlass && height < 580));
    document.body.style.height = covered || !hasDynamicHeight ? Math.round(height) + 'px' : '';
    if (covered) window.scrollTo(0, 0);
    // Only where there is more or less room than before: a field that loses the focus to a tap must not move what is tapped.
    if (conversation.clientHeight !== room && wasNearBottom && log.children.length) conversation.scrollTop = conversation.scrollHeight;
    room = conversation.clientHeight;
  }

  function setLargeType(on) {
    page.classList.toggle('large', on);
    largeType.setAttribute('aria-checked', String(on));
    growField();
    fitHeight();
  }

  function showConnection() { offline.hidden = navigator.onLine !== false; }

  /* ---- start ---- */

  function listen() {
    composer.addEventListener('submit', function (event) {
      event.preventDefault();
      sendField();
    });
    field.addEventListener('input', fieldChanged);
    field.addEventListener('keydown', sendOnEnter);
    field.addEventListener('compositionstart', function () { composing = true; });
    field.addEventListener('compositionend', function () { composing = false; });
    field.addEventListener('focus', fitHeight);
    field.addEventListener('blur', fitHeight);
    Array.from(document.querySelectorAll('.example')).forEach(function (example) {
      example.addEventListener('click', function () { sending.tap(example.textContent); });
    });
    conversation.addEventListener('scroll', function () {
      wasNearBottom = shown.isNearBottom();
      if (wasNearBottom) newer.hidden = true;
    }, { passive: true });
    newer.addEventListener('click', shown.scrollToBottom);
    if (window.photoPicker) window.photoPicker(sending.submitPhoto);
    largeType.addEventListener('click', function () {
      const on = !page.classList.contains('large');
      memory.write('large', on);
      setLargeType(on);
    });
    document.addEventListener('visibilitychange', function () {
      if (!document.hidden) fetchMessages();
    });
    window.addEventListener('online', function () {
      showConnection();
      sending.resendFailed().then(fetchMessages);
    });
    window.addEventListener('offline', showConnection);
    window.addEventListener('resize', fitHeight);
    if (window.visualViewport) window.visualViewport.addEventListener('resize', fitHeight);
  }

  function start() {
    page.classList.add('ready');
    sending.onBusy = paintSend;
    sending.onEdit = function (text) {
      setText(field.value.trim() ? field.value + '\n' + text : text);
      field.focus();
    };
    listen();
    setLargeType(memory.read('large') === true);
    setText(field.value || memory.read('draft') || '');  // what was typed before this was here
    showConnection();
    fetchMessages();
  }

  start();
}(window.resident));
