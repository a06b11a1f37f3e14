/* Words become elements of the page: telephone numbers that dial, a reply's lines, times as people say them.
 *
 * For WebViews from 2017 on (ES2017: no optional chaining, no object spread, no Promise.finally).
 * Whatever comes from the server or the resident reaches the page as text, never as HTML. */
(function (resident) {
  'use strict';

  const PUBLIC_NUMBERS = new Set(['110', '119', '120', '122', '12345', '12348', '12333', '12366', '12338', '12355',
    '12351', '12385', '12356', '96110', '12315', '12329', '12393', '12367']);
  const CALL_NAMES = { 110: '报警', 119: '火警', 120: '急救', 122: '交通事故', 12345: '便民热线' };

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

  resident.words = {
    make: make, makeButton: makeButton, sleep: sleep, lengthOf: lengthOf, timeWords: timeWords,
    appendLines: appendLines, makeEmergency: makeEmergency
  };
}(window.resident = window.resident || {}));
