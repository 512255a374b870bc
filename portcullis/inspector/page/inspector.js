// The page: reads the events, keeps list and details in step, and listens to the keyboard.

import { Calls, GATES, NO_CLIENT, gateName } from "./calls.js";
import { detail, noDetail } from "./detail.js";
import { el, find } from "./dom.js";
import { row } from "./list.js";

const calls = new Calls();
const list = find("list");
let selected = null;
let isFollowing = true; // the newest call is shown until one is chosen
let run = null;
let skipped = 0;
let draw = null; // the timer that shows what arrived meanwhile
const DRAW_MS = 30;

// What is shown

function choose(call, { isOpened = false } = {}) {
  isFollowing = false;
  select(call);
  find("detail").scrollTop = 0;
  if (isOpened) open();
}

function select(call) {
  list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  selected = call;
  const chosen = call && find(`call-${call.number}`);
  if (chosen) {
    chosen.setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", chosen.id);
    if (!isFollowing) chosen.scrollIntoView({ block: "nearest" });
  } else list.removeAttribute("aria-activedescendant");
  find("detail").replaceChildren(
    ...(call ? detail(call, { onCopy: copy, onClose: close }) : noDetail()).filter(Boolean),
  );
  find("follow").hidden = isFollowing;
}

function open() {
  document.body.classList.add("opened");
  find("detail").focus();
}

function close() {
  document.body.classList.remove("opened");
  list.focus();
}

function follow() {
  isFollowing = true;
  list.scrollTop = 0;
  select(calls.shown()[0] ?? null);
}

function add(released) {
  for (const call of released) {
    noteClient(call);
    if (calls.matches(call)) list.prepend(row(call, (chosen) => choose(chosen, { isOpened: isNarrow() })));
  }
  while (list.children.length > calls.kept.length) list.lastElementChild.remove();
  if (released.length && isFollowing) select(calls.shown()[0] ?? null);
  count();
}

function rebuild() {
  const shown = calls.shown();
  list.replaceChildren(...shown.map((call) => row(call, (chosen) => choose(chosen, { isOpened: isNarrow() }))));
  if (isFollowing || !shown.includes(selected)) select(shown[0] ?? null);
  else select(selected);
  count();
}

function count() {
  const total = calls.kept.length;
  const shown = list.children.length;
  const parts = [total === shown ? `${total} ${total === 1 ? "call" : "calls"}` : `${shown} of ${total} calls`];
  if (skipped) parts.push(`${skipped} too many to show`);
  find("count").textContent = total ? parts.join(", ") : "No calls yet";
  find("empty").hidden = shown > 0;
  list.hidden = shown === 0;
  if (total && !shown) {
    find("empty-title").textContent = "No call matches";
    find("empty-text").textContent = "Change the search or the filters; Esc empties the search.";
  } else {
    find("empty-title").textContent = "Waiting for a call";
    find("empty-text").textContent =
      "Call the gateway, for example with a line that the terminal shows under “Call it”. The call appears here while it happens.";
  }
  find("pause").textContent = calls.isPaused ? `Resume${calls.waiting.length ? ` (${calls.waiting.length} new)` : ""}` : "Pause";
}

function noteClient(call) {
  const client = call.client ?? NO_CLIENT;
  const options = find("client");
  if (![...options.options].some((option) => option.value === client)) {
    options.append(el("option", { value: client }, client === NO_CLIENT ? "No client" : client));
  }
}

const isNarrow = () => matchMedia("(max-width: 60rem)").matches;

// Actions

function pause() {
  calls.isPaused = !calls.isPaused;
  find("pause").setAttribute("aria-pressed", String(calls.isPaused));
  add(calls.isPaused ? [] : calls.release());
}

function clear() {
  calls.clear();
  skipped = 0;
  isFollowing = true;
  rebuild();
}

async function copy() {
  if (!selected?.curl) return;
  try {
    await navigator.clipboard.writeText(selected.curl);
    notify("Copied. Put your own values where something was cut.");
  } catch {
    notify("The browser does not permit it. The command is the last part of the details.");
  }
}

let hiding;
function notify(text) {
  const notice = find("notice");
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (notice.hidden = true), 2500);
}

function readFilter() {
  calls.filter = {
    words: find("search").value.toLowerCase().split(/\s+/).filter(Boolean),
    client: find("client").value,
    gate: find("gate").value,
    status: find("status").value,
  };
  rebuild();
}

function move(by) {
  const shown = calls.shown();
  if (!shown.length) return;
  const at = shown.indexOf(selected);
  choose(shown[Math.min(Math.max(at + by, 0), shown.length - 1)]);
}

function escape() {
  const search = find("search");
  if (document.activeElement === search && search.value) {
    search.value = "";
    readFilter();
  } else if (document.body.classList.contains("opened")) close();
  else if (document.activeElement === search || document.activeElement === find("detail")) list.focus();
  else follow();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => selected && choose(selected, { isOpened: true }),
  "/": () => find("search").select(),
  p: pause,
  c: copy,
  "?": () => find("shortcuts").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || find("shortcuts").open) return;
  if (event.key === "Escape") return escape();
  if (event.target.closest("select") || (event.target.closest("button") && event.key === "Enter")) return;
  if (event.target === find("search") && !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  // In the details the arrows scroll.
  if (event.key.startsWith("Arrow") && find("detail").contains(event.target)) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

find("search").addEventListener("input", readFilter);
for (const id of ["client", "gate", "status"]) find(id).addEventListener("change", readFilter);
for (const gate of GATES) find("gate").append(el("option", { value: gate }, gateName(gate)));
document.querySelector(".tools").addEventListener("submit", (event) => event.preventDefault());
find("pause").addEventListener("click", pause);
find("clear").addEventListener("click", clear);
find("help").addEventListener("click", KEYS["?"]);
find("follow").addEventListener("click", follow);

// The events

function connection(state, text) {
  find("connection").dataset.state = state;
  find("connection").textContent = text;
}

const events = new EventSource("events");
events.addEventListener("gateway", (event) => {
  const gateway = JSON.parse(event.data);
  if (run && run !== gateway.run) clear();
  run = gateway.run;
  find("stack").textContent = gateway.stack;
  find("stack").hidden = false;
  find("gateway").textContent = gateway.gateway;
  connection("live", "Live");
});
events.addEventListener("call", (event) => {
  calls.arrived(JSON.parse(event.data));
  draw ??= setTimeout(() => {
    draw = null;
    add(calls.isPaused ? [] : calls.release());
  }, DRAW_MS);
});
events.addEventListener("skipped", (event) => {
  skipped += JSON.parse(event.data).calls;
  count();
});
events.addEventListener("error", () => {
  if (events.readyState === EventSource.CLOSED) {
    connection("ended", "Ended. Open the URL that the next start prints");
  } else connection("lost", "Not connected, trying again …");
});

rebuild();
