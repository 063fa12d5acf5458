// Renews the numbers of the overview while somebody looks at them. What is open stays open, what has
// the focus keeps it; a page in the background asks nothing, and asks at once when it is seen again.
const box = document.getElementById("overview");
const trouble = document.getElementById("overview-trouble");
const pause = 1000 * Number(box.dataset.every);
const patience = 10_000;
let timer = 0;
let isAsking = false;

function later() {
  clearTimeout(timer);
  timer = setTimeout(renew, pause);
}

async function renew() {
  if (document.hidden || isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch(box.dataset.refresh, { signal: AbortSignal.timeout(patience) });
    if (answer.redirected) {
      say(trouble.dataset.left);
    } else if (answer.ok) {
      replace(await answer.text());
      say("");
    } else {
      say(trouble.dataset.failed);
    }
  } catch {
    say(trouble.dataset.failed);
  } finally {
    isAsking = false;
    later();
  }
}

function say(text) {
  if (trouble.textContent !== text) trouble.textContent = text;
}

function replace(html) {
  const open = [...box.querySelectorAll("details[open]")].map((each) => each.dataset.key);
  const focused = places().indexOf(document.activeElement);
  const scrolled = tables().map((each) => each.scrollLeft);
  box.innerHTML = html;
  for (const key of open) box.querySelector(`details[data-key="${key}"]`)?.setAttribute("open", "");
  tables().forEach((each, place) => { each.scrollLeft = scrolled[place] ?? 0; });
  if (focused >= 0) places()[focused]?.focus({ preventScroll: true });
}

const places = () => [...box.querySelectorAll("a[href], summary, [tabindex]")];
const tables = () => [...box.querySelectorAll(".ov-wide")];

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) renew();
});
later();
