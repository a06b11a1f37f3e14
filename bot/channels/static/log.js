/* The conversation as it is seen: messages, what hangs below a reply and can be tapped, where one has scrolled to.
 *
 * ``tapped`` is set by whoever sends: it gets the words of what was tapped. */
(function (resident) {
  'use strict';

  const API = document.body.dataset.api;
  const SERVICE_NAME = document.body.dataset.service;
  const TIME_GAP = 10 * 60 * 1000;
  const NEAR_BOTTOM = 80;

  const make = resident.words.make;
  const makeButton = resident.words.makeButton;
  const appendLines = resident.words.appendLines;

  const conversation = document.getElementById('conversation');
  const log = document.getElementById('log');
  const newer = document.getElementById('newer');

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
        .then(function () { return resident.words.sleep(2500); })
        .then(function () { copy.textContent = '复制'; });
    });
    chip.appendChild(copy);
    return chip;
  }

  // Short words stand side by side, anything longer gets a row of its own that is easy to hit.
  function makeChoices(options) {
    const short = options.every(function (option) { return resident.words.lengthOf(option.text) <= 6; });
    const choices = make('div', 'choices ' + (short ? 'choices-chips' : 'choices-rows'));
    choices.setAttribute('role', 'group');
    choices.setAttribute('aria-label', '可以点选');
    options.forEach(function (option) {
      const choice = makeButton('choice', option.text, function () { shown.tapped(option.text); });
      choice.dataset.option = option.id;
      choices.appendChild(choice);
    });
    return choices;
  }

  function makeRating() {
    const rating = make('div', 'rating', '这个回答');
    ['有用', '没用'].forEach(function (word) {
      rating.appendChild(makeButton('', word, function () { shown.tapped(word); }));
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

  const liveClock = { last: 0 };

  function appendTime(container, clock, date) {
    if (date - clock.last > TIME_GAP) container.appendChild(make('p', 'time', resident.words.timeWords(date)));
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
      element.appendChild(resident.words.makeEmergency(message.text));
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

  const shown = {
    element: log, open: open, liveClock: liveClock, tapped: null,
    closeChoices: closeChoices, reopenChoices: reopenChoices, appendTime: appendTime, appendMessage: appendMessage,
    makeOwn: makeOwn, makeReply: makeReply, isNearBottom: isNearBottom, scrollToBottom: scrollToBottom, scrollToReply: scrollToReply
  };
  resident.log = shown;
}(window.resident));
