/* The resident's page: shows the conversation, sends what is typed or tapped, fetches what staff answer.
 *
 * For WebViews from 2017 on (ES2017: no optional chaining, no object spread, no Promise.finally).
 * Whatever comes from the server or the resident reaches the page as text, never as HTML.
 *
 * One message's way: submit → outbox (localStorage) → deliver → showReply.  What is in the outbox has not been
 * confirmed by the server; it survives a reload and can be sent again under the same message_id, which the server
 * handles once.  GET /api/messages restores the conversation and then brings what staff write. */
(function () {
  'use strict';

  const API = document.body.dataset.api;
  const SERVICE_NAME = document.body.dataset.service;

  const LONGEST = 500;
  const COUNT_FROM = 400;
  const TIME_OUT = 10000;
  const PHOTO_TIME_OUT = 90000;  // an old phone on a weak network
  const PHOTO_WORDS = '（照片）';    // what stands for a photo, and for a place, among the messages that the server keeps
  const PLACE_WORDS = '（位置）';
  const STILL_SEARCHING_AFTER = 4000;
  const POLL_EVERY = 15000;
  const POLL_SLOWEST = 240000;
  const POLL_LIVE = 2500;  // while a person is wanted or writes
  const TRIES_WHEN_TOO_FAST = 3;
  const WAIT_WHEN_UNTOLD = 5;
  const LONGEST_WAIT = 60;
  const TIME_GAP = 10 * 60 * 1000;
  const NEAR_BOTTOM = 80;

  const PUBLIC_NUMBERS = new Set(['110', '119', '120', '122', '12345', '12348', '12333', '12366', '12338', '12355',
    '12351', '12385', '12356', '96110', '12315', '12329', '12393', '12367']);
  const CALL_NAMES = { 110: '报警', 119: '火警', 120: '急救', 122: '交通事故', 12345: '便民热线' };

  const page = document.documentElement;
  const conversation = document.getElementById('conversation');
  const log = document.getElementById('log');
  const typing = document.getElementById('typing');
  const typingWords = document.getElementById('typing-words');
  const composer = document.getElementById('composer');
  const field = document.getElementById('text');
  const sendButton = document.getElementById('send');
  const counter = document.getElementById('counter');
  const newer = document.getElementById('newer');
  const offline = document.getElementById('offline');
  const largeType = document.getElementById('large-type');

  /* ---- what the phone remembers ---- */

  // Private windows and full phones refuse localStorage; the page then works without a memory.
  const memory = {
    read: function (key) {
      try { return JSON.parse(localStorage.getItem('resident.' + key)); } catch (error) { return null; }
    },
    write: function (key, value) {
      try { localStorage.setItem('resident.' + key, JSON.stringify(value)); } catch (error) { /* nothing to be done */ }
    }
  };

  const outbox = {
    entries: function () { return memory.read('outbox') || []; },
    keep: function (entry) {
      memory.write('outbox', outbox.entries().filter(function (kept) {
        return kept.message_id !== entry.message_id;
      }).concat([{ message_id: entry.message_id, text: entry.text, after: entry.after }]));
    },
    drop: function (entry) {
      memory.write('outbox', outbox.entries().filter(function (kept) { return kept.message_id !== entry.message_id; }));
    }
  };

  /* ---- small helpers ---- */

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function makeButton(className, text, onTap) {
    const button = make('button', className, text);
    button.type = 'button';
    button.addEventListener('click', onTap);
    return button;
  }

  function sleep(milliseconds) {
    return new Promise(function (resolve) { setTimeout(resolve, milliseconds); });
  }

  function randomId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (byte) { return ('0' + byte.toString(16)).slice(-2); }).join('');
  }

  // As the server counts: characters, not UTF-16 halves.
  function lengthOf(text) { return Array.from(text).length; }

  function clockTime(date) {
    const hour = date.getHours();
    const part = hour < 6 ? '凌晨' : hour < 12 ? '上午' : hour < 13 ? '中午' : hour < 18 ? '下午' : '晚上';
    return part + (hour > 12 ? hour - 12 : hour) + ':' + ('0' + date.getMinutes()).slice(-2);
  }

  function timeWords(date) {
    const today = new Date();
    const midnight = new Date(today.getFullYear(), today.getMonth(), today.getDate());
    const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
    if (date >= midnight) return clockTime(date);
    if (date >= yesterday) return '昨天 ' + clockTime(date);
    const year = date.getFullYear() === today.getFullYear() ? '' : date.getFullYear() + '年';
    return year + (date.getMonth() + 1) + '月' + date.getDate() + '日 ' + clockTime(date);
  }

  /* ---- telephone numbers in a text ---- */

  // 110 is also an amount and a house number: "110元" is no call, "拨打110" always is.
  function isPhone(number, before, after) {
    if (/^0\d{2,3}-\d{7,8}$/.test(number)) return true;
    if (!PUBLIC_NUMBERS.has(number)) return false;
    if (/[打拨][：:]?\s*$|(电话|热线)(是|为)?[：:]?\s*$/.test(before)) return true;
    if (/[A-Za-z_第〔(（]\s*$/.test(before) && !/[(（]$/.test(before)) return false;
    return !/^\s*([A-Za-z_%％〕元块万亿个名人户条座场次年月日天岁平米吨]|公里|千米|小时|分钟)/.test(after);
  }

  // → [{text, phone: true|false}] in order; together the parts are the whole text.
  function splitAtPhones(text) {
    const digits = /\d+(?:[-.]\d+)*/g;
    const parts = [];
    let done = 0;
    let found = digits.exec(text);
    while (found) {
      const end = found.index + found[0].length;
      if (isPhone(found[0], text.slice(0, found.index), text.slice(end))) {
        if (found.index > done) parts.push({ text: text.slice(done, found.index), phone: false });
        parts.push({ text: found[0], phone: true });
        done = end;
      }
      found = digits.exec(text);
    }
    if (done < text.length) parts.push({ text: text.slice(done), phone: false });
    return parts;
  }

  function makePhone(number) {
    const link = make('a', 'phone', number);
    link.href = 'tel:' + number;
    link.setAttribute('aria-label', '拨打 ' + number);
    return link;
  }

  function appendWithPhones(element, text) {
    splitAtPhones(text).forEach(function (part) {
      element.appendChild(part.phone ? makePhone(part.text) : document.createTextNode(part.text));
    });
  }

  function phonesIn(text) {
    const numbers = splitAtPhones(text).filter(function (part) { return part.phone; })
      .map(function (part) { return part.text; });
    return Array.from(new Set(numbers)).sort(function (a, b) { return (a.length > 3) - (b.length > 3); });
  }

  /* ---- a reply's lines ---- */

  function makeLine(text) {
    const department = /^(责任部门：)(.*)$/.exec(text);
    if (department) {
      const line = make('div', 'line line-department');
      line.appendChild(make('span', 'label', department[1]));
      appendWithPhones(line, department[2]);
      return line;
    }
    if (!text.trim()) return make('div', 'line line-blank');
    const item = /^(\s*(?:\d{1,2}[.、．)）](?!\d)|[①-⑳]|[·•])\s*)(\S.*)$/.exec(text);
    if (item) return makeItem(item[1], item[2]);
    const line = make('div', /^依据：/.test(text) ? 'line line-source' : 'line');
    appendWithPhones(line, text);
    return line;
  }

  // Set apart, so that a second line of text stands under the first and not under the number.
  function makeItem(marker, text) {
    const line = make('div', 'line line-item');
    line.appendChild(make('span', 'marker', marker));
    appendWithPhones(line, text);
    return line;
  }

  function appendLines(element, text) {
    text.trim().split(/\r?\n/).forEach(function (line) { element.appendChild(makeLine(line)); });
  }

  function makeCall(number) {
    const call = make('a', 'emergency-call' + (number.length > 3 ? ' call-general' : ''));
    call.href = 'tel:' + number;
    call.appendChild(make('b', '', number));
    call.appendChild(make('span', '', CALL_NAMES[number] || '拨打'));
    return call;
  }

  function makeEmergency(text) {
    const card = make('div', 'bubble');
    const numbers = phonesIn(text);
    card.appendChild(make('div', 'emergency-title', numbers.length ? '情况紧急，请马上打电话' : '情况紧急'));
    if (numbers.length) {
      const calls = make('div', 'emergency-calls');
      numbers.forEach(function (number) { calls.appendChild(makeCall(number)); });
      card.appendChild(calls);
    }
    appendLines(card, text);
    return card;
  }

  /* ---- what hangs below a reply ---- */

  function copyText(text) {
    if (navigator.clipboard && navigator.clipboard.writeText) return navigator.clipboard.writeText(text);
    // Pages without https and old WebViews have no clipboard object.
    const helper = make('textarea', 'unseen');
    helper.value = text;
    helper.readOnly = true;
    document.body.appendChild(helper);
    helper.select();
    const copied = document.execCommand('copy');
    document.body.removeChild(helper);
    return copied ? Promise.resolve() : Promise.reject(new Error('copy refused'));
  }

  function makeTicket(number) {
    const chip = make('div', 'ticket');
    chip.appendChild(make('span', 'ticket-label', '诉求编号'));
    chip.appendChild(make('span', 'ticket-number', number));
    const copy = makeButton('ticket-copy', '复制', function () {
      copyText(number).then(function () { copy.textContent = '已复制'; },
        function () { copy.textContent = '请长按编号复制'; })
        .then(function () { return sleep(2500); })
        .then(function () { copy.textContent = '复制'; });
    });
    chip.appendChild(copy);
    return chip;
  }

  // Short words stand side by side, anything longer gets a row of its own that is easy to hit.
  function makeChoices(options) {
    const short = options.every(function (option) { return lengthOf(option.text) <= 6; });
    const choices = make('div', 'choices ' + (short ? 'choices-chips' : 'choices-rows'));
    choices.setAttribute('role', 'group');
    choices.setAttribute('aria-label', '可以点选');
    options.forEach(function (option) {
      const choice = makeButton('choice', option.text, function () { tap(option.text); });
      choice.dataset.option = option.id;
      choices.appendChild(choice);
    });
    return choices;
  }

  function makeRating() {
    const rating = make('div', 'rating', '这个回答');
    ['有用', '没用'].forEach(function (word) {
      rating.appendChild(makeButton('', word, function () { tap(word); }));
    });
    return rating;
  }

  // Only what hangs below the last reply can be tapped: the server takes a tap as an answer to its last words.
  const open = { choices: null, rating: null };

  function closeChoices(said) {
    if (open.rating) open.rating.hidden = true;
    if (!open.choices || open.choices.firstChild.disabled) return;
    Array.from(open.choices.children).forEach(function (choice) {
      choice.disabled = true;
      choice.classList.toggle('chosen', choice.textContent === said || choice.dataset.option === said);
    });
  }

  // What was tapped has not reached the server: the resident may choose anew.
  function reopenChoices() {
    if (open.rating) open.rating.hidden = false;
    if (!open.choices) return;
    Array.from(open.choices.children).forEach(function (choice) {
      choice.disabled = false;
      choice.classList.remove('chosen');
    });
  }

  /* ---- the log ---- */

  const known = new Set();  // ids of the server's messages that are shown
  const own = [];           // what was sent from here: {entry, element, id}; id is null until the server has told it
  const liveClock = { last: 0 };

  function appendTime(container, clock, date) {
    if (date - clock.last > TIME_GAP) container.appendChild(make('p', 'time', timeWords(date)));
    clock.last = date;
  }

  function makeMessage(from, speaker) {
    const element = make('div', 'message from-' + from);
    element.appendChild(make('span', from === 'staff' ? 'sender' : 'unseen', speaker));
    return element;
  }

  // photo: the address of a picture that the message brings.
  function makeOwn(text, photo) {
    const element = makeMessage('resident', '我说：');
    const bubble = make('div', 'bubble');
    if (photo) {
      const picture = make('img');
      picture.alt = '我发的照片';
      picture.src = photo;
      bubble.appendChild(picture);
      element.appendChild(bubble);
      return element;
    }
    // No numbered lines or links in the resident's own words: they are shown as they were typed.
    bubble.appendChild(make('div', 'line', text));
    element.appendChild(bubble);
    return element;
  }

  function makeReply(message) {
    const staff = message.from === 'staff';
    const element = makeMessage(staff ? 'staff' : 'service', staff ? '工作人员' : SERVICE_NAME + '说：');
    if (message.mode) element.classList.add('mode-' + message.mode);
    if (message.mode === 'emergency') {
      element.appendChild(makeEmergency(message.text));
    } else {
      const bubble = make('div', 'bubble');
      appendLines(bubble, message.text);
      element.appendChild(bubble);
    }
    if (message.ticket) element.appendChild(makeTicket(String(message.ticket)));
    if (!staff) hangChoices(element, message);
    return element;
  }

  function hangChoices(element, message) {
    closeChoices(null);
    open.choices = null;
    open.rating = null;
    if (message.mode === 'answer' && message.asking === false) {
      open.rating = makeRating();
      element.appendChild(open.rating);
    }
    if (message.options && message.options.length) {
      open.choices = makeChoices(message.options);
      element.appendChild(open.choices);
    }
  }

  // A message as GET /api/messages gives it.
  function appendMessage(container, clock, message) {
    const date = message.time ? new Date(message.time) : new Date();
    appendTime(container, clock, isNaN(date) ? new Date() : date);
    if (message.from === 'resident') closeChoices(message.text);
    const photo = message.photo ? API + '/photos/' + encodeURIComponent(message.photo) : '';
    const element = message.from === 'resident' ? makeOwn(message.text, photo) : makeReply(message);
    container.appendChild(element);
    return element;
  }

  function isNearBottom() {
    return conversation.scrollHeight - conversation.scrollTop - conversation.clientHeight < NEAR_BOTTOM;
  }

  function scrollToBottom() {
    conversation.scrollTop = conversation.scrollHeight;
    newer.hidden = true;
  }

  // A long reply is read from its beginning, with the question above it where there is room for both.
  function scrollToReply(question, reply) {
    const short = question && question.offsetHeight < conversation.clientHeight * 0.35;
    conversation.scrollTop = (short ? question : reply).offsetTop - 12;
  }

  /* ---- talking to the server ---- */

  // → {status, data, retryAfter}; rejects when nothing came back in time.
  function request(method, path, body) {
    const controller = window.AbortController ? new AbortController() : null;
    const options = { method: method, credentials: 'same-origin', headers: { Accept: 'application/json' }, cache: 'no-store' };
    if (controller) options.signal = controller.signal;
    if (body instanceof FormData) {
      options.body = body;
    } else if (body) {
      options.headers['Content-Type'] = 'application/json';
      options.body = JSON.stringify(body);
    }
    let timer = 0;
    const tooLong = new Promise(function (resolve, reject) {
      timer = setTimeout(function () {
        reject(new Error('time-out'));
        if (controller) controller.abort();
      }, body instanceof FormData ? PHOTO_TIME_OUT : TIME_OUT);
    });
    const attempt = fetch(API + path, options).then(function (response) {
      return response.json().catch(function () { return {}; }).then(function (data) {
        return { status: response.status, data: data || {}, retryAfter: Number(response.headers.get('Retry-After')) };
      });
    });
    return Promise.race([attempt, tooLong]).then(function (result) {
      clearTimeout(timer);
      return result;
    }, function (error) {
      clearTimeout(timer);
      throw error;
    });
  }

  function sendEntry(entry) {
    if (entry.photo) {
      const form = new FormData();
      form.append('photo', entry.photo, 'photo.jpg');
      form.append('message_id', entry.message_id);
      return request('POST', '/photos', form);
    }
    const message = { text: entry.text, message_id: entry.message_id };
    if (entry.location) Object.assign(message, { text: '', location: entry.location });
    return request('POST', '/chat', message);
  }

  // → {answer} | {refused: words} (sending the same again is no use) | {tooFast: words, seconds} | {failed: true}
  async function post(entry) {
    let result;
    try {
      result = await sendEntry(entry);
    } catch (error) {
      return { failed: true };
    }
    if (result.status === 200 && typeof result.data.reply === 'string') return { answer: result.data };
    const words = typeof result.data.error === 'string' ? result.data.error : '';
    if (result.status === 429) {
      const seconds = result.retryAfter > 0 ? result.retryAfter : WAIT_WHEN_UNTOLD;
      return { tooFast: words || '发得有点快，请稍等。', seconds: Math.min(Math.ceil(seconds), LONGEST_WAIT) };
    }
    if (result.status === 413 && entry.photo) return { refused: '照片太大了，最多 8 MB。' };
    if (result.status === 400 || result.status === 413) return { refused: words || '这段话发不出去，请改一改。' };
    return { failed: true };
  }

  /* ---- sending ---- */

  let busy = false;     // one message at a time: what makes a double tap harmless
  let sends = 0;
  let lastId = null;    // the newest message of the server that is shown

  function setBusy(value) {
    busy = value;
    paintSend();
  }

  let patience = 0;

  function showTyping(shown) {
    clearTimeout(patience);
    typing.hidden = !shown;
    typingWords.textContent = shown ? '正在查…' : '';
    if (shown) patience = setTimeout(function () { typingWords.textContent = '还在查，请再等一下…'; }, STILL_SEARCHING_AFTER);
  }

  function submit(text) {
    if (busy || !text.trim() || lengthOf(text) > LONGEST) return false;
    const entry = { message_id: randomId(), text: text.trim(), after: lastId };
    outbox.keep(entry);
    begin(entry, makeOwn(entry.text));
    return true;
  }

  function begin(entry, element) {
    appendTime(log, liveClock, new Date());
    const sent = { entry: entry, element: element, id: null, failed: false };
    own.push(sent);
    deliver(sent);
  }

  // A photo or a place is not remembered by the phone: what failed can be sent again while the page is open.
  function submitPhoto(chosen) {
    if (busy) return false;
    const entry = { message_id: randomId(), text: PHOTO_WORDS, after: lastId, photo: chosen.blob };
    begin(entry, makeOwn(PHOTO_WORDS, chosen.preview));
    return true;
  }

  function submitPlace(position) {
    if (busy) return;
    const where = { latitude: position.coords.latitude, longitude: position.coords.longitude };
    begin({ message_id: randomId(), text: PLACE_WORDS, after: lastId, location: where }, makeOwn(PLACE_WORDS));
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
    if (submit(text)) conversation.focus({ preventScroll: true });
  }

  function showDelivery(sent, state, parts) {
    const old = sent.element.querySelector('.delivery');
    if (old) sent.element.removeChild(old);
    sent.element.classList.toggle('is-waiting', state === 'waiting');
    sent.element.classList.toggle('is-failed', state === 'failed');
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
        setText(field.value.trim() ? field.value + '\n' + sent.entry.text : sent.entry.text);
        field.focus();
      })
    ]);
  }

  function discard(sent) {
    outbox.drop(sent.entry);
    own.splice(own.indexOf(sent), 1);
    log.removeChild(sent.element);
  }

  function retry(sent) {
    if (!busy) return deliver(sent);
    return Promise.resolve();
  }

  async function waitToSend(sent, words, seconds) {
    const left = make('span', 'delivery-words');
    left.setAttribute('aria-hidden', 'true');  // a number read out every second helps nobody
    showDelivery(sent, 'waiting', [make('span', 'delivery-words', words), left]);
    scrollToBottom();
    for (let second = seconds; second > 0; second -= 1) {
      left.textContent = second + '秒后自动再发';
      await sleep(1000);
    }
  }

  async function postPatiently(sent) {
    for (let tries = 1; ; tries += 1) {
      showDelivery(sent, 'sending', null);
      showTyping(true);
      scrollToBottom();
      const outcome = await post(sent.entry);
      showTyping(false);
      if (!outcome.tooFast || tries === TRIES_WHEN_TOO_FAST) return outcome;
      await waitToSend(sent, outcome.tooFast, outcome.seconds);
    }
  }

  async function deliver(sent) {
    setBusy(true);
    sends += 1;
    sent.failed = false;
    closeChoices(sent.entry.text);
    log.appendChild(sent.element);  // a message sent again stands where it is said now
    const outcome = await postPatiently(sent);
    setBusy(false);
    if (outcome.answer) {
      outbox.drop(sent.entry);
      showDelivery(sent, 'sent', null);
      showReply(sent, outcome.answer);
      return;
    }
    reopenChoices();
    if (outcome.refused) showRefused(sent, outcome.refused);
    else showFailed(sent);
    scrollToBottom();
  }

  function showReply(sent, answer) {
    const id = answer.message_id === undefined || answer.message_id === null ? null : String(answer.message_id);
    // A retry of what had been handled after all: its reply is here already.
    if (id !== null && known.has(id)) return;
    if (id !== null) {
      known.add(id);
      lastId = id;
    }
    if (answer.mode === 'handoff') pollIn(POLL_LIVE);
    if (answer.reply === '') return;  // a person has the conversation: they answer, not the service
    liveClock.last = new Date();
    const reply = makeReply({
      from: 'service', text: answer.reply, mode: answer.mode, options: answer.options, asking: answer.asking, ticket: answer.ticket
    });
    const asksWhere = answer.mode === 'feedback' && answer.asking && !(answer.options && answer.options.length);
    if (asksWhere && !sent.entry.location && navigator.geolocation && window.isSecureContext) {
      reply.appendChild(makePlaceButton());
    }
    log.appendChild(reply);
    scrollToReply(sent.element, reply);
  }

  async function resendFailed() {
    const waiting = own.filter(function (sent) { return sent.failed; });
    for (let i = 0; i < waiting.length; i += 1) await retry(waiting[i]);
  }

  /* ---- what the server keeps: restoring, and answers from staff ---- */

  const poll = { timer: 0, delay: POLL_EVERY, cursor: null, restored: false, running: false };

  function pollIn(milliseconds) {
    clearTimeout(poll.timer);
    poll.timer = setTimeout(fetchMessages, milliseconds);
  }

  function pollSlower() {
    poll.delay = Math.min(poll.delay * 2, POLL_SLOWEST);
    pollIn(poll.delay);
  }

  async function fetchMessages() {
    clearTimeout(poll.timer);
    if (document.hidden || poll.running) return;  // coming back to the page asks at once
    if (busy) return pollIn(1000);
    const sendsBefore = sends;
    poll.running = true;
    let result = null;
    try {
      result = await request('GET', '/messages' + (poll.cursor === null ? '' : '?after=' + encodeURIComponent(poll.cursor)));
    } catch (error) { /* offline, or the server is away: asked again later */ }
    poll.running = false;
    // Something was sent meanwhile: this list may hold half of that exchange.
    if (busy || sends !== sendsBefore) return pollIn(1000);
    if (!result || result.status !== 200 || !Array.isArray(result.data.messages)) {
      if (result && (result.status === 400 || result.status === 404)) poll.cursor = null;  // the records were deleted
      showLeftover();
      return pollSlower();
    }
    poll.delay = result.data.live ? POLL_LIVE : POLL_EVERY;
    take(result.data.messages);
    showLeftover();
    return pollIn(poll.delay);
  }

  // The resident's own message comes back from the server: recognised by the id it was sent with, else by its words,
  // if it stands behind what was last seen when it was sent.
  function recogniseOwn(message, position, ids) {
    const sent = own.concat(leftover()).find(function (candidate) {
      if (candidate.id !== null) return false;
      if (message.client_id === candidate.entry.message_id || String(message.id) === candidate.entry.message_id) return true;
      return message.text === candidate.entry.text && ids.indexOf(candidate.entry.after) < position;
    });
    if (!sent) return null;
    sent.id = message.id;
    outbox.drop(sent.entry);
    if (sent.element) showDelivery(sent, 'sent', null);
    sent.failed = false;
    return sent;
  }

  // What a former visit left unsent: {entry, element: null} until showLeftover gives it a bubble.
  let leftoverShown = false;

  function leftover() {
    if (leftoverShown) return [];
    return outbox.entries().filter(function (entry) {
      return !own.some(function (sent) { return sent.entry.message_id === entry.message_id; });
    }).map(function (entry) { return { entry: entry, element: null, id: null }; });
  }

  function showLeftover() {
    if (leftoverShown) return;
    leftover().forEach(function (sent) {
      sent.element = makeOwn(sent.entry.text);
      own.push(sent);
      log.appendChild(sent.element);
      showFailed(sent);
      sent.failed = false;  // from another day, perhaps: sent again only when asked to
    });
    leftoverShown = true;
    if (own.length) scrollToBottom();
  }

  function take(messages) {
    const first = !poll.restored;
    const ids = messages.map(function (message) { return String(message.id); });
    // The first list is the past: it goes above what was said here before it came.
    const container = first ? document.createDocumentFragment() : log;
    const clock = first ? { last: 0 } : liveClock;
    const stayAtBottom = isNearBottom();
    const talking = log.children.length > 0;
    const openNow = { choices: open.choices, rating: open.rating };
    let latest = null;
    messages.forEach(function (message, position) {
      const id = String(message.id);
      if (known.has(id) || typeof message.text !== 'string') return;
      known.add(id);
      if (message.from === 'resident') {
        const sent = recogniseOwn(message, position, ids);
        if (sent && sent.element) return;
      }
      latest = appendMessage(container, clock, message);
    });
    if (messages.length) poll.cursor = ids[ids.length - 1];
    if (first) placePast(container, clock, talking, openNow);
    else if (latest && stayAtBottom) scrollToReply(null, latest);
    else if (latest) newer.hidden = false;
    if (messages.length && (lastId === null || !talking || !first)) lastId = poll.cursor;
    poll.restored = true;
    log.dataset.restored = '';
  }

  function placePast(fragment, clock, talking, openNow) {
    log.setAttribute('aria-busy', 'true');  // fifty old messages are not read out
    if (talking) {
      closeChoices(null);
      open.choices = openNow.choices;
      open.rating = openNow.rating;
    } else {
      liveClock.last = clock.last;
    }
    const filled = fragment.childNodes.length > 0;
    Array.from(fragment.children).forEach(function (element) { element.classList.add('past'); });
    log.insertBefore(fragment, log.firstChild);
    if (filled) scrollToBottom();
    setTimeout(function () { log.removeAttribute('aria-busy'); }, 300);
  }

  /* ---- the field ---- */

  function paintSend() {
    const length = lengthOf(field.value.trim());
    sendButton.setAttribute('aria-disabled', String(busy || length === 0 || length > LONGEST));
  }

  function paintCounter() {
    const length = lengthOf(field.value.trim());
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
    if (!submit(field.value)) return;
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
      example.addEventListener('click', function () { tap(example.textContent); });
    });
    conversation.addEventListener('scroll', function () {
      wasNearBottom = isNearBottom();
      if (wasNearBottom) newer.hidden = true;
    }, { passive: true });
    newer.addEventListener('click', scrollToBottom);
    if (window.photoPicker) window.photoPicker(submitPhoto);
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
      resendFailed().then(fetchMessages);
    });
    window.addEventListener('offline', showConnection);
    window.addEventListener('resize', fitHeight);
    if (window.visualViewport) window.visualViewport.addEventListener('resize', fitHeight);
  }

  function start() {
    page.classList.add('ready');
    listen();
    setLargeType(memory.read('large') === true);
    setText(field.value || memory.read('draft') || '');  // what was typed before this was here
    showConnection();
    fetchMessages();
  }

  start();
}());
