// What every part of the page makes elements and texts with.

export const $ = (id) => document.getElementById(id);

// make makes an element with attributes and children, which may be text.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false && value !== "") element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== ""));
  return element;
}

export const span = (kind, text) => make("span", { class: kind }, text);
export const plural = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;
export const time = (at) => new Date(at).toLocaleTimeString([], { hour12: false });

export function took(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 100 ? ms.toFixed(0) : ms.toFixed(1)} ms`;
}

export function bytes(n) {
  if (n < 1024) return plural(n, "byte");
  return n < 1 << 20 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / (1 << 20)).toFixed(1)} MiB`;
}

export const statusKind = (data) => (!data.ended ? "pending" : data.status >= 500 || !data.status ? "error" : data.status >= 400 ? "refused" : data.status >= 300 ? "moved" : "fine");
export const statusText = (data) => (!data.ended ? "…" : data.status || "–");
export const place = (data) => data.host.replace(/\.localhost(:\d+)?$/, "");
