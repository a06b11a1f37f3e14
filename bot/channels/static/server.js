/* What the phone remembers and what is asked of the server.
 *
 * What is in the outbox has not been confirmed by the server; it survives a reload and can be sent again under the same
 * message_id, which the server handles once. */
(function (resident) {
  'use strict';

  const API = document.body.dataset.api;
  const TIME_OUT = 10000;
  const PHOTO_TIME_OUT = 90000;  // an old phone on a weak network
  const WAIT_WHEN_UNTOLD = 5;
  const LONGEST_WAIT = 60;

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

  resident.memory = memory;
  resident.outbox = outbox;
  resident.server = { request: request, post: post };
}(window.resident));
