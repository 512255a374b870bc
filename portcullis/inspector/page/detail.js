// Everything about one call: why, the waterfall, certificate, authorizer, token, headers.

import { clock, cutText, el, milliseconds, prose } from "./dom.js";
import { GATES, gateName } from "./calls.js";
import { request, statusPill } from "./list.js";

const SYMBOLS = { passed: "✓", refused: "✕", answered: "✓", unreached: "", absent: "–" };
const WORDS = { unreached: "not reached", absent: "this stack or route has none", passed: "passed", refused: "refused", answered: "answered" };
const EXPIRES_SOON_DAYS = 30;
const PURPOSES = {
  tls: "the handshake, in which the client shows its certificate",
  front: "well-formed HTTP/1.1 within API Gateway’s limits",
  truststore: "who issued the client certificate, and whether it is valid",
  "default-endpoint": "the API’s own address, which is disabled",
  "custom-domain": "Host header and base path",
  "web-acl": "addresses, rates, patterns of attacks",
  route: "path and method of the contract",
  throttle: "rates of the stage, rates and quotas of a plan",
  authorizer: "which client it is, what it may do, and its token",
  validation: "required parameters and the body’s schema",
  integration: "the mapped request, sent to the backend",
  backend: "the backend’s own answer",
};

export function detail(call, { onCopy, onClose }) {
  return [
    head(call, onCopy, onClose),
    verdict(call),
    call.isFromLog &&
      el("p", { class: "hint" }, "From the log: no page was open when this call came. Times, headers and the policy are kept only while one is."),
    waterfall(call),
    el(
      "div",
      { class: "cards" },
      certificate(call.certificate),
      authorizer(call.authorizer),
      token(call.authorizer?.token),
      headers("Request", call.backendRequest ? "struck through: not passed on" : "as sent", call.requestHeaders, bytes(call.requestBytes)),
      backend(call.backendRequest),
      headers("Response", "as the client got it", call.responseHeaders, bytes(call.responseBytes), call.responseBody),
      identifiers(call),
    ),
    call.curl && card("As curl", "with this laptop’s files", el("pre", { class: "body" }, cutText(call.curl))),
  ];
}

export function noDetail() {
  return [
    el(
      "div",
      { class: "legend" },
      el("h2", {}, "The gates, in the order in which AWS applies them"),
      el(
        "ol",
        {},
        GATES.map((gate) =>
          el("li", {}, el("i", { class: `gate-${gate}` }), el("b", {}, gateName(gate)), el("span", {}, PURPOSES[gate])),
        ),
      ),
      el("p", {}, "A call ends at the first gate that refuses it. Choose a call in the list, or press ", el("kbd", {}, "j"), "."),
    ),
  ];
}

function head(call, onCopy, onClose) {
  return el(
    "header",
    { class: "head" },
    el("button", { class: "back", type: "button", onclick: onClose }, "← Calls"),
    el("div", { class: "title" }, statusPill(call), el("h2", {}, request(call))),
    call.curl && el("button", { id: "copy", type: "button", class: "strong", onclick: onCopy }, "Copy as curl"),
    el(
      "p",
      { class: "facts" },
      fact("at", clock(call.time)),
      fact("took", milliseconds(call.ms)),
      fact("client", call.client),
      fact("from", call.sourceIp),
      fact("route", call.route),
    ),
  );
}

function fact(name, value) {
  return value ? el("span", {}, `${name} `, el("b", {}, value)) : null;
}

function verdict(call) {
  if (!call.isRefused) {
    return el(
      "section",
      { class: "verdict answered" },
      el("h3", {}, call.gate === "backend" ? "Every gate let it pass" : "The gateway answered from a template"),
      call.status >= 400 && el("p", {}, `The status ${call.status} is the backend’s own answer.`),
    );
  }
  return el(
    "section",
    { class: "verdict refused" },
    el("h3", {}, `Refused by: ${gateName(call.gate)}`, call.reason && el("code", {}, cutText(call.reason))),
    el("p", { class: "what" }, prose(call.what)),
    el("p", { class: "fix" }, el("strong", {}, "Fix"), " ", prose(call.fix)),
  );
}

function waterfall(call) {
  const end = Math.max(...call.gates.map((gate) => (gate.atMs ?? 0) + (gate.ms ?? 0)), 0.001);
  const isMeasured = call.gates.some((gate) => gate.ms != null);
  return el(
    "section",
    { class: "waterfall", "aria-label": "Gates" },
    isMeasured &&
      el(
        "div",
        { class: "axis", "aria-hidden": "true" },
        [0, 0.25, 0.5, 0.75, 1].map((part) => el("span", {}, part ? milliseconds(part * end) : "0")),
      ),
    el("ol", {}, call.gates.map((gate) => step(gate, end))),
  );
}

function step(gate, end) {
  const isMeasured = gate.ms != null;
  const bar = isMeasured ? el("span", { class: "bar" }) : null;
  if (isMeasured) {
    const fill = el("i", { class: `gate-${gate.gate}` });
    fill.style.setProperty("--at", gate.atMs / end);
    fill.style.setProperty("--width", gate.ms / end);
    bar.append(fill);
  }
  return el(
    "li",
    { class: isMeasured ? gate.verdict : `${gate.verdict} unmeasured` },
    el("span", { class: `symbol gate-${gate.gate}`, role: "img", "aria-label": WORDS[gate.verdict] }, SYMBOLS[gate.verdict]),
    el("span", { class: "gate" }, gate.title),
    bar,
    isMeasured && el("span", { class: "ms" }, milliseconds(gate.ms)),
    el("span", { class: "note" }, gate.note ? cutText(gate.note) : gate.verdict === "absent" ? WORDS.absent : ""),
  );
}

function card(title, note, ...content) {
  return el("section", { class: "card" }, el("h3", {}, title, note && el("small", {}, note)), ...content);
}

function table(rows) {
  return el(
    "dl",
    { class: "table" },
    rows
      .filter(([, value]) => value != null && value !== "")
      .map(([name, value, mark]) =>
        el("div", { class: mark ?? "" }, el("dt", {}, name), el("dd", {}, value instanceof Node ? value : cutText(value))),
      ),
  );
}

function certificate(facts) {
  if (!facts) return null;
  if (!facts.thumbprint) return card("Client certificate", "", el("p", {}, "It cannot be decoded."));
  if (facts.daysLeft == null) return card("Client certificate", "from the log", table(names(facts)));
  const days = facts.daysLeft;
  const state = days < 0 ? "bad" : days < EXPIRES_SOON_DAYS ? "soon" : "good";
  const words = days < 0 ? `expired ${-days} days ago` : `${days} days left`;
  return card(
    "Client certificate",
    el("span", { class: `days ${state}` }, words),
    table([
      ...names(facts),
      ["names", facts.names.join(", ")],
      ["valid", `${facts.notBefore.slice(0, 10)} to ${facts.notAfter.slice(0, 10)}`],
      ["key", facts.key],
    ]),
  );
}

const names = (facts) => [
  ["subject", facts.subject],
  ["issuer", facts.issuer],
  ["serial number", facts.serialNumber],
  ["thumbprint", facts.thumbprint],
];

function authorizer(answer) {
  if (!answer) return null;
  return card(
    "Authorizer",
    answer.isCached ? "from the cache" : "asked for this call",
    table([["principal", answer.principal], ...Object.entries(answer.context)]),
    el("h4", {}, "Policy"),
    answer.policy.map(statement),
  );
}

function statement(one) {
  const lists = ["action", "notAction", "resource", "notResource"].filter((name) => one[name]);
  return el(
    "div",
    { class: "statement" },
    el("span", { class: `effect ${one.effect.toLowerCase()}` }, one.effect),
    el(
      "ul",
      {},
      lists.map((name) =>
        one[name].map((value) => el("li", {}, name.startsWith("not") ? "not " : "", el("code", {}, value))),
      ),
      one.isConditional && el("li", {}, "with a condition"),
    ),
  );
}

function token(decoded) {
  if (!decoded) return null;
  const { header, claims } = decoded;
  return card(
    "Token",
    `${header.alg ?? "?"}, made by the authorizer; the signature is never shown`,
    table([
      ...Object.entries(header).filter(([name]) => name !== "alg").map(([name, value]) => [name, json(value)]),
      ...Object.entries(claims).map(([name, value]) => [name, claim(name, value)]),
    ]),
  );
}

function claim(name, value) {
  if (["exp", "iat", "nbf"].includes(name) && typeof value === "number") {
    return `${value}  (${clock(value).slice(0, 8)})`;
  }
  return json(value);
}

const json = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const bytes = (count) => (count ? `body ${count.toLocaleString("en")} bytes` : "no body");

function headers(title, note, pairs, size, body) {
  if (!pairs) return null;
  return card(
    title,
    `${note}, ${size}`,
    table(pairs),
    body && el("pre", { class: "body" }, body),
  );
}

function backend(sent) {
  if (!sent) return null;
  return card(
    "To the backend",
    "what the gateway added is marked",
    el("p", { class: "line" }, el("b", {}, sent.method), " ", cutText(sent.url)),
    table(sent.headers),
  );
}

function identifiers(call) {
  if (!call.requestId && !call.connectionId) return null;
  return card(
    "Identifiers",
    "",
    table([
      ["request id", call.requestId],
      ["extended id", call.extendedRequestId],
      ["connection", call.connectionId],
      ["server name", call.serverName],
      ["endpoint", call.endpoint],
    ]),
  );
}
