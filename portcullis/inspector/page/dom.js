// Builds elements. Text is always a text node, so nothing that a client sent is read as HTML.

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

export const find = (id) => document.getElementById(id);

// Text with `code` in backticks, as the causes are written.
export function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

// Text in which what was cut is marked.
export function cutText(text) {
  return String(text)
    .split(/(\[(?:token )?cut\])/)
    .map((part, index) => (index % 2 ? el("span", { class: "cut" }, part.slice(1, -1)) : part));
}

export function milliseconds(ms) {
  if (ms == null) return "";
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}

export function clock(seconds) {
  const at = new Date(seconds * 1000);
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
