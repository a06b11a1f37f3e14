/* The developer's page: sends what is typed through /developer/send, shows passive replies, polls for pushed messages. */
(function () {
  'use strict';

  const POLL_EVERY = 1500;
  const LINK = /<a href="weixin:\/\/bizmsgmenu\?msgmenucontent=([^&]*)&msgmenuid=([^"]*)">([^<]*)<\/a>/g;
  const talk = document.getElementById('talk');
  const field = document.getElementById('text');
  const openid = document.getElementById('openid');
  let seen = 0;

  function plain(text) {
    const element = document.createElement('textarea');
    element.innerHTML = text;  // a textarea holds text only: entities are read, nothing is run
    return element.value;
  }

  function add(className, text, note) {
    const item = document.createElement('li');
    item.className = className;
    let from = 0;
    for (const match of text.matchAll(LINK)) {
      item.append(plain(text.slice(from, match.index)));
      const link = document.createElement('button');
      link.type = 'button';
      link.textContent = plain(match[3]);
      link.addEventListener('click', function () { send('tap', { text: plain(match[1]), id: match[2] }); });
      item.append(link);
      from = match.index + match[0].length;
    }
    item.append(text.slice(from));
    const small = document.createElement('small');
    small.textContent = note;
    item.append(small);
    talk.append(item);
    talk.scrollTop = talk.scrollHeight;
  }

  async function send(kind, more) {
    const times = document.getElementById('times').value;
    add('own', more.text || '（' + kind + '）', kind);
    document.getElementById('problem').textContent = '';
    const response = await fetch('send', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(Object.assign({ kind: kind, openid: openid.value, times: times }, more))
    });
    const data = await response.json();
    if (!response.ok) {
      document.getElementById('problem').textContent = data.error;
      return;
    }
    document.getElementById('raw').textContent =
      [data.sent].concat(data.answers.map(function (answer) { return answer.raw; })).join('\n\n');
    data.answers.forEach(function (answer) {
      const note = '被动回复，HTTP ' + answer.status + '，' + answer.milliseconds + ' 毫秒，' + new Blob([answer.text || '']).size + ' 字节';
      add('', answer.text === null ? answer.raw : answer.text, note);
    });
  }

  async function poll() {
    try {
      const response = await fetch('received?openid=' + encodeURIComponent(openid.value));
      const received = (await response.json()).received;
      received.slice(seen).forEach(function (message) {
        const words = message.kind === 'text' ? message.text : JSON.stringify(message.data);
        add('pushed', words, message.kind === 'text' ? '客服消息' : '订阅通知');
      });
      seen = received.length;
    } catch (error) { /* the service is being restarted */ }
    setTimeout(poll, POLL_EVERY);
  }

  document.getElementById('say').addEventListener('submit', function (event) {
    event.preventDefault();
    send('text', { text: field.value });
    field.value = '';
  });
  document.querySelectorAll('[data-kind]').forEach(function (button) {
    button.addEventListener('click', function () {
      const more = { text: field.value };
      if (button.dataset.kind === 'location') {
        Object.assign(more, { latitude: '40.0000', longitude: '120.0000', text: field.value || '人民路12号' });
      }
      send(button.dataset.kind, more);
      field.value = '';
    });
  });
  const LONGEST_SIDE = 1200;  // what is sent goes through a form of at most a megabyte

  document.getElementById('picture').addEventListener('change', function (event) {
    const reader = new FileReader();
    const image = new Image();
    reader.onload = function () { image.src = reader.result; };
    image.onerror = function () { document.getElementById('problem').textContent = '这个文件打不开。'; };
    image.onload = function () {
      const scale = Math.min(1, LONGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
      const canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth * scale;
      canvas.height = image.naturalHeight * scale;
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      send('image', { data: canvas.toDataURL('image/jpeg', 0.8).split(',')[1] });
    };
    if (event.target.files[0]) reader.readAsDataURL(event.target.files[0]);
    event.target.value = '';
  });
  openid.addEventListener('change', function () { seen = 0; talk.textContent = ''; });
  poll();
}());
