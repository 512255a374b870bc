// The calls that the page knows, bounded, and the filter that chooses what is shown.

const KEPT = 500;
export const NO_CLIENT = "–";

export const gateName = (gate) => NAMES[gate] ?? gate;
const NAMES = {
  tls: "TLS",
  front: "HTTP",
  truststore: "Truststore",
  "default-endpoint": "Default endpoint",
  "custom-domain": "Custom domain",
  "web-acl": "Web ACL",
  route: "Route",
  throttle: "Throttle",
  authorizer: "Authorizer",
  validation: "Validation",
  integration: "Integration",
  backend: "Backend",
};
export const GATES = Object.keys(NAMES);

export class Calls {
  constructor() {
    this.kept = []; // newest first
    this.waiting = []; // not shown yet, oldest first
    this.isPaused = false;
    this.filter = { words: [], client: "", gate: "", status: "" };
  }

  arrived(call) {
    call.text = JSON.stringify(call).toLowerCase();
    this.waiting.push(call);
    if (this.waiting.length > KEPT) this.waiting.shift();
  }

  // The calls that waited, oldest first; from now on they are shown.
  release() {
    const released = this.waiting;
    this.waiting = [];
    for (const call of released) this.kept.unshift(call);
    this.kept.length = Math.min(this.kept.length, KEPT);
    return released;
  }

  clear() {
    this.kept = [];
    this.waiting = [];
  }

  shown() {
    return this.kept.filter((call) => this.matches(call));
  }

  matches(call) {
    const { words, client, gate, status } = this.filter;
    if (client && (call.client ?? NO_CLIENT) !== client) return false;
    if (gate && call.gate !== gate) return false;
    if (status && (call.status == null ? "none" : String(call.status)[0]) !== status) return false;
    return words.every((word) => call.text.includes(word));
  }
}
