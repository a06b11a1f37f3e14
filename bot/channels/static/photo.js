/* Choosing a photo on the resident's page: made small on the phone, shown before it goes, handed to chat.js.
 *
 * For WebViews from 2017 on, like chat.js.  A phone's 5 MB become some hundred kB before they use up anybody's data; a picture
 * that this browser cannot open is sent as it is, and the server says what is wrong with it. */
(function () {
  'use strict';

  const LONGEST_SIDE = 1600;
  const QUALITY = 0.82;
  const PREVIEW_SIDE = 480;
  const MOST_BYTES = 8 * 1024 * 1024;

  const input = document.getElementById('photo-file');
  const button = document.getElementById('photo-button');
  const panel = document.getElementById('photo-panel');
  const picture = document.getElementById('photo-picture');
  const words = document.getElementById('photo-words');
  const send = document.getElementById('photo-send');

  // → a data: address: the page's policy allows no blob: ones.
  function readAsAddress(file) {
    return new Promise(function (resolve, reject) {
      const reader = new FileReader();
      reader.onload = function () { resolve(reader.result); };
      reader.onerror = reject;
      reader.readAsDataURL(file);
    });
  }

  function openPicture(address) {
    return new Promise(function (resolve, reject) {
      const image = new Image();
      image.onload = function () { resolve(image); };
      image.onerror = reject;
      image.src = address;
    });
  }

  function drawn(image, side) {
    const scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const context = canvas.getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  function asJpeg(canvas) {
    return new Promise(function (resolve, reject) {
      canvas.toBlob(function (blob) { return blob ? resolve(blob) : reject(new Error('no picture')); }, 'image/jpeg', QUALITY);
    });
  }

  // → {blob, preview}; preview is '' for what this browser cannot open.
  async function prepared(file) {
    try {
      const image = await openPicture(await readAsAddress(file));
      const blob = await asJpeg(drawn(image, LONGEST_SIDE));
      return { blob: blob, preview: drawn(image, PREVIEW_SIDE).toDataURL('image/jpeg', 0.7) };
    } catch (error) {
      return { blob: file, preview: '' };
    }
  }

  let chosen = null;

  function show(text) {
    panel.hidden = false;
    words.textContent = text;
    picture.hidden = !(chosen && chosen.preview);
    if (chosen && chosen.preview) picture.src = chosen.preview;
    else picture.removeAttribute('src');
    send.hidden = !chosen;
  }

  function close() {
    chosen = null;
    input.value = '';
    panel.hidden = true;
    picture.removeAttribute('src');
    button.focus();
  }

  async function choose() {
    const file = input.files && input.files[0];
    if (!file) return;
    chosen = null;
    show('正在准备照片…');
    const ready = await prepared(file);
    if (input.files[0] !== file) return;  // closed, or another one was chosen meanwhile
    if (ready.blob.size > MOST_BYTES) return show('照片太大了，最多 8 MB，请换一张。');
    chosen = ready;
    show(ready.preview ? '发这张照片？' : '这张照片预览不了，可以试着发一下。');
    return send.focus();
  }

  /** ``onSend(chosen)`` gets {blob, preview} and says whether it took it. */
  window.photoPicker = function (onSend) {
    button.hidden = false;
    button.addEventListener('click', function () { input.click(); });
    input.addEventListener('change', choose);
    send.addEventListener('click', function () {
      if (chosen && onSend(chosen)) close();
    });
    document.getElementById('photo-cancel').addEventListener('click', close);
    panel.addEventListener('keydown', function (event) { if (event.key === 'Escape') close(); });
  };
}());
