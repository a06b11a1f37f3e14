/* The page on which a follower takes one notice: WeChat draws the button and tells the account what was chosen. */
(function () {
  'use strict';

  const page = document.body.dataset;
  const outcome = document.getElementById('outcome');
  const button = document.getElementById('subscribe');
  const CHOSEN = { accept: '订阅好了，有了答复微信会通知您。', reject: '您在微信里关掉了这类通知，可以在公众号的设置里打开。', cancel: '没有订阅。' };

  if (!window.wx) {
    outcome.textContent = '微信的组件没有加载出来，请检查网络后再点开。';
    return;
  }
  wx.config({
    appId: page.app, timestamp: page.timestamp, nonceStr: page.nonce, signature: page.signature,
    jsApiList: ['checkJsApi'], openTagList: ['wx-open-subscribe']
  });
  wx.ready(function () { outcome.textContent = ''; });
  wx.error(function () { outcome.textContent = '这个页面现在用不了，请过一会儿再点开。'; });
  document.addEventListener('WeixinOpenTagsError', function () {
    outcome.textContent = '您的微信版本太旧，显示不了订阅按钮，请升级微信。';
  });
  button.addEventListener('success', function (event) {
    const told = String(event.detail && event.detail.subscribeDetails);
    const chosen = Object.keys(CHOSEN).find(function (word) { return told.indexOf(word) >= 0; });
    outcome.textContent = CHOSEN[chosen] || '';
  });
  button.addEventListener('error', function (event) {
    outcome.textContent = '没有订阅上（' + (event.detail && event.detail.errCode) + '），请过一会儿再试。';
  });
}());
