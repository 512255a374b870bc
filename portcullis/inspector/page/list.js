// One row per call: status, request, time, client, and the gates as a track.

import { clock, el, milliseconds } from "./dom.js";
import { gateName } from "./calls.js";

export function row(call, onChosen) {
  return el(
    "div",
    {
      class: "row",
      role: "option",
      id: `call-${call.number}`,
      "aria-selected": "false",
      onclick: () => onChosen(call),
    },
    statusPill(call),
    el("span", { class: "request" }, request(call)),
    el("span", { class: "ms" }, milliseconds(call.ms)),
    el("span", { class: "time" }, clock(call.time).slice(0, 8)),
    el(
      "span",
      { class: call.isRefused ? "why refused" : "why" },
      call.isRefused ? `${gateName(call.gate)}: ${call.reason || "refused"}` : call.client ?? "",
    ),
    track(call),
  );
}

export function request(call) {
  if (!call.method) {
    return [el("span", { class: "none" }, call.status == null ? "no HTTP request" : "malformed request")];
  }
  return [el("b", {}, call.method), " ", call.target];
}

export function statusPill(call) {
  const text = call.status ?? "TLS";
  const family = call.status == null ? "none" : `s${String(call.status)[0]}`;
  return el("span", { class: `status ${family}` }, String(text));
}

function track(call) {
  const passed = call.gates.filter((gate) => gate.verdict === "passed" && gate.gate !== "rest").length;
  return el(
    "span",
    { class: "track", role: "img", "aria-label": `${passed} gates passed` },
    call.gates
      .filter((gate) => gate.gate !== "rest")
      .map((gate) => el("i", { class: `${gate.verdict} gate-${gate.gate}`, title: `${gate.title}: ${gate.verdict}` })),
  );
}
