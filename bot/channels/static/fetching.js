/* What the server keeps: GET /api/messages restores the conversation and then brings what staff write. */
(function (resident) {
  'use strict';

  const POLL_EVERY = 15000;
  const POLL_SLOWEST = 240000;
  const POLL_LIVE = 2500;  // while a person is wanted or writes

  const shown = resident.log;
  const log = shown.element;
  const outbox = resident.outbox;
  const sending = resident.sending;
  const own = sending.own;
  const known = sending.known;

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
    if (sending.busy) return pollIn(1000);
    const sendsBefore = sending.sends;
    poll.running = true;
    let result = null;
    try {
      result = await resident.server.request('GET', '/messages' + (poll.cursor === null ? '' : '?after=' + encodeURIComponent(poll.cursor)));
    } catch (error) { /* offline, or the server is away: asked again later */ }
    poll.running = false;
    // Something was sent meanwhile: this list may hold half of that exchange.
    if (sending.busy || sending.sends !== sendsBefore) return pollIn(1000);
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
    if (sent.element) sending.showDelivery(sent, 'sent', null);
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
      sent.element = shown.makeOwn(sent.entry.text);
      own.push(sent);
      log.appendChild(sent.element);
      sending.showFailed(sent);
      sent.failed = false;  // from another day, perhaps: sent again only when asked to
    });
    leftoverShown = true;
    if (own.length) shown.scrollToBottom();
  }

  function take(messages) {
    const first = !poll.restored;
    const ids = messages.map(function (message) { return String(message.id); });
    // The first list is the past: it goes above what was said here before it came.
    const container = first ? document.createDocumentFragment() : log;
    const clock = first ? { last: 0 } : shown.liveClock;
    const stayAtBottom = shown.isNearBottom();
    const talking = log.children.length > 0;
    const openNow = { choices: shown.open.choices, rating: shown.open.rating };
    let latest = null;
    messages.forEach(function (message, position) {
      const id = String(message.id);
      if (known.has(id) || typeof message.text !== 'string') return;
      known.add(id);
      if (message.from === 'resident') {
        const sent = recogniseOwn(message, position, ids);
        if (sent && sent.element) return;
      }
      latest = shown.appendMessage(container, clock, message);
    });
    if (messages.length) poll.cursor = ids[ids.length - 1];
    if (first) placePast(container, clock, talking, openNow);
    else if (latest && stayAtBottom) shown.scrollToReply(null, latest);
    else if (latest) document.getElementById('newer').hidden = false;
    if (messages.length && (sending.lastId === null || !talking || !first)) sending.lastId = poll.cursor;
    poll.restored = true;
    log.dataset.restored = '';
  }

  function placePast(fragment, clock, talking, openNow) {
    log.setAttribute('aria-busy', 'true');  // fifty old messages are not read out
    if (talking) {
      shown.closeChoices(null);
      shown.open.choices = openNow.choices;
      shown.open.rating = openNow.rating;
    } else {
      shown.liveClock.last = clock.last;
    }
    const filled = fragment.childNodes.length > 0;
    Array.from(fragment.children).forEach(function (element) { element.classList.add('past'); });
    log.insertBefore(fragment, log.firstChild);
    if (filled) shown.scrollToBottom();
    setTimeout(function () { log.removeAttribute('aria-busy'); }, 300);
  }

  sending.onHandoff = function () { pollIn(POLL_LIVE); };
  resident.fetchMessages = fetchMessages;
}(window.resident));
