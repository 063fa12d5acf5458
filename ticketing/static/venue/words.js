// What the page says, in both languages; refusals by the code the server gives.

export const WORDS = {
  en: {
    other: "中文",
    title: "Gate scanner",
    leave: "Log out",
    function: "Admit to",
    look: "Only look, do not redeem",
    recent: "Last scans",
    undo: "Undo",
    undone: "UNDONE",
    undoneText: "The use is given back. Do not admit.",
    next: "Next",
    giveUp: "Stop asking",
    askAgain: "Ask again",
    online: "Online",
    offline: "OFFLINE: nothing can be granted",
    logIn: "Scan the key of this device, or type it",
    key: "Scanner key",
    enter: "Log in",
    ticket: "Hold a ticket's QR into the frame",
    typeTicket: "Or type what the QR holds",
    send: "Scan",
    noCamera: "There is no camera for this page. It needs https and your permission; type or use a handheld reader.",
    badKey: "This key is not accepted.",
    keyEnded: "The key of this device is not accepted any more. Log in with a new one.",
    noServer: "The server does not answer.",
    noFunction: "Choose what to admit to.",
    left: (uses) => `${uses} left`,
    at: (time, venue) => `${time} at ${venue}`,
    status: { PRE_GENERATED: "not activated", ACTIVE: "active", USED: "used", EXPIRED: "expired", CANCELLED: "cancelled" },
    functions: {
      FERRY_BOARDING: "Ferry boarding",
      VIP_GIFT: "VIP gift",
      PLAYGROUND_TOKEN: "Playground token",
      PET_AREA: "Pet area",
      TEA_SET: "Tea set",
    },
    granted: "GRANTED",
    refused: "REFUSED",
    waiting: "WAIT",
    looked: "TICKET",
    unanswered: "NO ANSWER",
    waitingText: "Waiting for the server. Do not admit.",
    unansweredText: "The server has not said what became of this scan. Do not admit; ask again.",
    codes: {
      token_invalid: "Not a genuine code",
      token_expired: "This code has expired: make a new one",
      wrong_token_type: "This code is only to look at, not for the gate",
      superseded_qr: "Reissued since: use the newest code",
      ticket_not_active: "Not activated by its seller yet",
      ticket_used: "Already used",
      ticket_cancelled: "Cancelled",
      ticket_expired: "Expired",
      entitlement_exhausted: "Nothing left of this",
      unknown_function: "Not included in this ticket",
      wrong_venue: "Not served at this venue",
      not_undoable: "This cannot be undone",
      undo_too_late: "Too late to undo",
      scan_id_conflict: "Scan mixed up: scan again",
      validation_failed: "The server cannot read this",
      not_found: "This device made no such scan",
    },
  },
  zh: {
    other: "English",
    title: "检票扫描",
    leave: "退出",
    function: "检票项目",
    look: "仅查看，不核销",
    recent: "最近扫描",
    undo: "撤销",
    undone: "已撤销",
    undoneText: "已退回此次使用，请勿放行。",
    next: "下一个",
    giveUp: "停止等待",
    askAgain: "重新询问",
    online: "在线",
    offline: "离线：无法放行",
    logIn: "扫描本设备的密钥，或手动输入",
    key: "扫描器密钥",
    enter: "登录",
    ticket: "将门票二维码放入取景框",
    typeTicket: "或输入二维码内容",
    send: "扫描",
    noCamera: "本页无法使用摄像头。需要 https 和您的许可；请手动输入或使用手持扫描枪。",
    badKey: "密钥不被接受。",
    keyEnded: "本设备的密钥已失效。请使用新密钥登录。",
    noServer: "服务器没有回应。",
    noFunction: "请选择检票项目。",
    left: (uses) => `剩余 ${uses} 次`,
    at: (time, venue) => `${time} 于 ${venue}`,
    status: { PRE_GENERATED: "未激活", ACTIVE: "有效", USED: "已使用", EXPIRED: "已过期", CANCELLED: "已取消" },
    functions: {
      FERRY_BOARDING: "登船",
      VIP_GIFT: "贵宾礼品",
      PLAYGROUND_TOKEN: "游乐代币",
      PET_AREA: "宠物区",
      TEA_SET: "茶点套餐",
    },
    granted: "放行",
    refused: "拒绝",
    waiting: "请等待",
    looked: "门票",
    unanswered: "无回应",
    waitingText: "正在等待服务器，请勿放行。",
    unansweredText: "服务器尚未告知此次扫描的结果。请勿放行，请重新询问。",
    codes: {
      token_invalid: "不是有效的票码",
      token_expired: "二维码已过期，请重新生成",
      wrong_token_type: "此码仅供查看，不能检票",
      superseded_qr: "已重新签发，请使用最新二维码",
      ticket_not_active: "销售方尚未激活",
      ticket_used: "已使用",
      ticket_cancelled: "已取消",
      ticket_expired: "已过期",
      entitlement_exhausted: "此项目次数已用完",
      unknown_function: "此票不含该项目",
      wrong_venue: "此项目不在本场地",
      not_undoable: "无法撤销",
      undo_too_late: "已超过撤销时限",
      scan_id_conflict: "扫描冲突，请重新扫描",
      validation_failed: "服务器无法读取",
      not_found: "本设备没有此次扫描",
    },
  },
};

const TAGS = { en: "en", zh: "zh-Hans" };
let lang = "en";

export function speak(wanted) {
  lang = wanted in WORDS ? wanted : "en";
  document.documentElement.lang = TAGS[lang];
  document.title = `${say("title")} · Gangway`;
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
}

export const spoken = () => lang;
// The name of the other language, and its tag.
export const sayOther = () => [say("other"), TAGS[lang === "zh" ? "en" : "zh"]];
export const say = (name) => WORDS[lang][name];
export const sayCode = (code) => WORDS[lang].codes[code] ?? code;
export const sayStatus = (status) => WORDS[lang].status[status] ?? status;

// A new product may bring a function that has no words yet: SPA_ENTRY is read as Spa entry.
export function sayFunction(code) {
  const text = code.replaceAll("_", " ").toLowerCase();
  return WORDS[lang].functions[code] ?? text.charAt(0).toUpperCase() + text.slice(1);
}

// The time of day, with the day where it is another one.
export function sayTime(iso) {
  const moment = new Date(iso);
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const isToday = moment.toDateString() === new Date().toDateString();
  const parts = isToday ? time : { year: "numeric", month: "short", day: "numeric", ...time };
  return moment.toLocaleString(lang === "zh" ? "zh-Hans-CN" : "en-GB", parts);
}
