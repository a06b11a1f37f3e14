/* Sending: one message at a time, sent again patiently, and what can be done about one that did not go out.
 *
 * One message's way: submit → outbox → deliver → showReply.  ``onBusy``, ``onEdit`` and ``onHandoff`` are set by the page:
 * something is on its way or no longer; words come back to be changed; a person is wanted. */
(function (resident) {
  'use strict';

  const LONGEST = 500;
  const PHOTO_WORDS = '（照片）';    // what stands for a photo, and for a place, among the messages that the server keeps
  const PLACE_WORDS = '（位置）';
  const STILL_SEARCHING_AFTER = 4000;
  const TRIES_WHEN_TOO_FAST = 3;

  const make = resident.words.make;
  const makeButton = resident.words.makeButton;
  const sleep = resident.words.sleep;
  const shown = resident.log;
  const log = shown.element;
  const outbox = resident.outbox;
  const typing = document.getElementById('typing');
  const typingWords = document.getElementById('typing-words');

  const known = new Set();  // ids of the server's messages that are shown
  const own = [];           // what was sent from here: {entry, element, id}; id is null until the server has told it
  const state = {
    LONGEST: LONGEST, known: known, own: own,
    busy: false,   // one message at a time: what makes a double tap harmless
    sends: 0,
    lastId: null,  // the newest message of the server that is shown
    onBusy: null, onEdit: null, onHandoff: null
  };

  function randomId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (byte) { return ('0' + byte.toString(16)).slice(-2); }).join('');
  }

  function setBusy(value) {
    state.busy = value;
    if (state.onBusy) state.onBusy();
  }

  let patience = 0;

  function showTyping(on) {
    clearTimeout(patience);
    typing.hidden = !on;
    typingWords.textContent = on ? '正在查…' : '';
    if (on) patience = setTimeout(function () { typingWords.textContent = '还在查，请再等一下…'; }, STILL_SEARCHING_AFTER);
  }

  function submit(text) {
    if (state.busy || !text.trim() || resident.words.lengthOf(text) > LONGEST) return false;
    const entry = { message_id: randomId(), text: text.trim(), after: state.lastId };
    outbox.keep(entry);
    begin(entry, shown.makeOwn(entry.text));
    return true;
  }

  function begin(entry, element) {
    shown.appendTime(log, shown.liveClock, new Date());
    const sent = { entry: entry, element: element, id: null, failed: false };
    own.push(sent);
    deliver(sent);
  }

  // A photo or a place is not remembered by the phone: what failed can be sent again while the page is open.
  function submitPhoto(chosen) {
    if (state.busy) return false;
    const entry = { message_id: randomId(), text: PHOTO_WORDS, after: state.lastId, photo: chosen.blob };
    begin(entry, shown.makeOwn(PHOTO_WORDS, chosen.preview));
    return true;
  }

  function submitPlace(position) {
    if (state.busy) return;
    const where = { latitude: position.coords.latitude, longitude: position.coords.longitude };
    begin({ message_id: randomId(), text: PLACE_WORDS, after: state.lastId, location: where }, shown.makeOwn(PLACE_WORDS));
  }

  // Browsers tell where they are on https pages only, and ask first.
  function makePlaceButton() {
    const place = makeButton('place-button', '发我现在的位置', function () {
      place.disabled = true;
      place.textContent = '正在定位…';
      navigator.geolocation.getCurrentPosition(function (position) {
        place.hidden = true;
        submitPlace(position);
      }, function () {
        place.disabled = false;
        place.textContent = '没有定上位，请打字说在哪里';
      }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
    });
    return place;
  }

  function tap(text) {
    // The tapped button is about to be disabled: a keyboard's focus goes to the conversation, not to nowhere.
    // (Not to the field: on a phone that would raise the keyboard over the answer.)
    if (submit(text)) document.getElementById('conversation').focus({ preventScroll: true });
  }

  function showDelivery(sent, how, parts) {
    const old = sent.element.querySelector('.delivery');
    if (old) sent.element.removeChild(old);
    sent.element.classList.toggle('is-waiting', how === 'waiting');
    sent.element.classList.toggle('is-failed', how === 'failed');
    if (!parts) return;
    const delivery = make('div', 'delivery');
    parts.forEach(function (part) { delivery.appendChild(part); });
    sent.element.appendChild(delivery);
  }

  function showFailed(sent) {
    sent.failed = true;
    showDelivery(sent, 'failed', [
      make('span', 'delivery-words', '没有发出去'),
      makeButton('retry', '重试', function () { retry(sent); }),
      makeButton('discard', '不发了', function () { discard(sent); })
    ]);
  }

  function showRefused(sent, words) {
    sent.failed = false;
    if (sent.entry.photo || sent.entry.location) {
      showDelivery(sent, 'failed', [
        make('span', 'delivery-words', '没有发出去：' + words),
        makeButton('discard', '知道了', function () { discard(sent); })
      ]);
      return;
    }
    showDelivery(sent, 'failed', [
      make('span', 'delivery-words', '没有发出去：' + words),
      makeButton('retry', '修改', function () {
        discard(sent);
        state.onEdit(sent.entry.text);
      })
    ]);
  }

  function discard(sent) {
    outbox.drop(sent.entry);
    own.splice(own.indexOf(sent), 1);
    log.removeChild(sent.element);
  }

  function retry(sent) {
    if (!state.busy) return deliver(sent);
    return Promise.resolve();
  }

  async function waitToSend(sent, words, seconds) {
    const left = make('span', 'delivery-words');
    left.setAttribute('aria-hidden', 'true');  // a number read out every second helps nobody
    showDelivery(sent, 'waiting', [make('span', 'delivery-words', words), left]);
    shown.scrollToBottom();
    for (let second = seconds; second > 0; second -= 1) {
      left.textContent = second + '秒后自动再发';
      await sleep(1000);
    }
  }

  async function postPatiently(sent) {
    for (let tries = 1; ; tries += 1) {
      showDelivery(sent, 'sending', null);
      showTyping(true);
      shown.scrollToBottom();
      const outcome = await resident.server.post(sent.entry);
      showTyping(false);
      if (!outcome.tooFast || tries === TRIES_WHEN_TOO_FAST) return outcome;
      await waitToSend(sent, outcome.tooFast, outcome.seconds);
    }
  }

  async function deliver(sent) {
    setBusy(true);
    state.sends += 1;
    sent.failed = false;
    shown.closeChoices(sent.entry.text);
    log.appendChild(sent.element);  // a message sent again stands where it is said now
    const outcome = await postPatiently(sent);
    setBusy(false);
    if (outcome.answer) {
      outbox.drop(sent.entry);
      showDelivery(sent, 'sent', null);
      showReply(sent, outcome.answer);
      return;
    }
    shown.reopenChoices();
    if (outcome.refused) showRefused(sent, outcome.refused);
    else showFailed(sent);
    shown.scrollToBottom();
  }

  function showReply(sent, answer) {
    const id = answer.message_id === undefined || answer.message_id === null ? null : String(answer.message_id);
    // A retry of what had been handled after all: its reply is here already.
    if (id !== null && known.has(id)) return;
    if (id !== null) {
      known.add(id);
      state.lastId = id;
    }
    if (answer.mode === 'handoff' && state.onHandoff) state.onHandoff();
    if (answer.reply === '') return;  // a person has the conversation: they answer, not the service
    shown.liveClock.last = new Date();
    const reply = shown.makeReply({
      from: 'service', text: answer.reply, mode: answer.mode, options: answer.options, asking: answer.asking, ticket: answer.ticket
    });
    const asksWhere = answer.mode === 'feedback' && answer.asking && !(answer.options && answer.options.length);
    if (asksWhere && !sent.entry.location && navigator.geolocation && window.isSecureContext) {
      reply.appendChild(makePlaceButton());
    }
    log.appendChild(reply);
    shown.scrollToReply(sent.element, reply);
  }

  async function resendFailed() {
    const waiting = own.filter(function (sent) { return sent.failed; });
    for (let i = 0; i < waiting.length; i += 1) await retry(waiting[i]);
  }

  Object.assign(state, {
    submit: submit, submitPhoto: submitPhoto, tap: tap, showDelivery: showDelivery, showFailed: showFailed, resendFailed: resendFailed
  });
  shown.tapped = tap;
  resident.sending = state;
}(window.resident));
