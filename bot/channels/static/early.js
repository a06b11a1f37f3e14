/* What is typed, tapped or pressed before a page's scripts are there is taken up when they are.
 *
 * In the head of the page and not deferred: it is there before anything can be seen.  It keeps what the browser alone does
 * nothing with and gives it again, in order, once every deferred script has run; then <html data-ready> says that the page
 * hears everything.  Links, boxes, lists and forms that post do by themselves what they do.
 *
 * data-scripted: a form that a script sends.  data-enter: a field in which Enter (data-enter="ctrl": with Ctrl) belongs to a
 * script.  data-draft: where a script keeps what stands in a field.  data-confirm: asked before a form is sent.
 * data-held: shown while something waits.  data-broken: shown when a script did not arrive.
 * For WebViews from 2017 on (ES2017). */
(function () {
  'use strict';

  const MOST = 50;
  const REPEATED = /^[jk]$/;  // pressed three times they mean three; any other key pressed twice is impatience
  const TYPING = 'input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select';
  const NATIVE = 'a[href], input, select, textarea, label, button';
  const page = document.documentElement;
  const sent = [];
  let kept = [];
  let broken = false;

  function show(attribute, shown) {
    Array.from(document.querySelectorAll('[' + attribute + ']')).forEach(function (element) { element.hidden = !shown; });
  }

  function keep(type, target, key, ctrl) {
    const before = key ? kept.slice(-1) : kept;
    const same = before.some(function (one) { return one.type === type && one.target === target && one.key === key; });
    if ((same && !REPEATED.test(key || '')) || kept.length >= MOST) return;
    kept.push({ type: type, target: target, key: key, ctrl: Boolean(ctrl) });
    if (type === 'submit' || type === 'click') show('data-held', true);
  }

  function changed(event) {
    const name = event.target.getAttribute('data-draft');
    if (name) {
      try { localStorage.setItem(name, JSON.stringify(event.target.value)); } catch (error) { /* a private window */ }
    }
    keep(event.type, event.target);
  }

  function clicked(event) {
    const at = event.target.closest ? event.target : event.target.parentElement;
    const native = at && at.closest(NATIVE);
    if (!at) return;
    if (at.closest('summary')) keep('opened', at.closest('summary').parentElement);
    else if (native ? native.matches('button[type=button]') : at.closest('[data-row]')) keep('click', native || at);
  }

  function pressed(event) {
    const at = event.target, ctrl = event.ctrlKey || event.metaKey;
    if (event.isComposing || event.keyCode === 229) return;
    if (at.matches && event.key === 'Enter' && !event.shiftKey && at.matches(ctrl ? '[data-enter=ctrl]' : '[data-enter=""]')) {
      event.preventDefault();
      keep('keydown', at, event.key, ctrl);
      return;
    }
    if (ctrl || event.altKey || event.repeat || !document.getElementById('content') || (at.matches && at.matches(TYPING))) return;
    const free = at === document.body || at.id === 'content';
    if (/^[0-9a-z?/]$/.test(event.key) || (event.key === 'Enter' && free)) keep('keydown', null, event.key);
    if (event.key === '/') event.preventDefault();
  }

  function submitted(event) {
    const form = event.target, words = form.getAttribute('data-confirm');
    if (form.hasAttribute('data-scripted')) {
      event.preventDefault();
      keep('submit', form);
    } else if (sent.indexOf(form) >= 0 || (words && !window.confirm(words))) {
      event.preventDefault();
    } else {
      sent.push(form);
    }
  }

  const heard = { input: changed, change: changed, click: clicked, keydown: pressed, submit: submitted };

  /* A key may lead away from the page: what was pressed after it was meant for another one. */
  function again(one) {
    const at = one.target || document.activeElement || document.body;
    if (!at.isConnected) return;
    if (one.type === 'keydown') at.dispatchEvent(new KeyboardEvent('keydown', { key: one.key, ctrlKey: one.ctrl, bubbles: true, cancelable: true }));
    else if (one.type === 'click') at.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
    else at.dispatchEvent(new Event(one.type, { bubbles: true, cancelable: true }));
  }

  function takeUp() {
    if (broken) {
      show('data-broken', true);
      return;
    }
    let leaving = false;
    function leave(event) {
      if (event.type === 'submit' || (event.target.closest && event.target.closest('a[href]'))) leaving = true;
    }
    Object.keys(heard).forEach(function (type) { document.removeEventListener(type, heard[type], true); });
    show('data-held', false);
    document.addEventListener('click', leave);
    document.addEventListener('submit', leave);
    kept.forEach(function (one) { if (!leaving) again(one); });
    document.removeEventListener('click', leave);
    document.removeEventListener('submit', leave);
    kept = [];
    const focused = document.activeElement;
    if (focused && focused !== document.body) focused.dispatchEvent(new FocusEvent('focus'));
    page.dataset.ready = '';
  }

  Object.keys(heard).forEach(function (type) { document.addEventListener(type, heard[type], true); });
  document.addEventListener('error', function (event) { if (event.target.tagName === 'SCRIPT') broken = true; }, true);
  /* Deferred scripts have run by then, and what they do at that event is done a moment later. */
  document.addEventListener('DOMContentLoaded', function () { setTimeout(takeUp, 0); });
}());
