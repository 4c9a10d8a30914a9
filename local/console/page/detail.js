// What is shown of one exchange.
import { bytes, make, place, plural, span, statusKind, statusText, time, took } from "./elements.js";

const unfolded = { "Request headers": false, "Response headers": false }; // by what is folded; what is not here is open

// fold is a part of the detail that can be folded, and stays so.
function fold(name, about, ...content) {
  const element = make("details", { open: unfolded[name] ?? true }, make("summary", {}, name, about ? span("dim", about) : ""), ...content);
  element.addEventListener("toggle", () => { unfolded[name] = element.open; });
  return element;
}

// facts are the parts of the detail.
export function facts(data) {
  const title = data.source ? `${data.source}: ${data.function}` : `${data.method} ${data.uri}`;
  const about = [data.source ? "" : place(data), data.route && `${data.route} → ${data.function}`, time(data.time), data.ended ? took(data.duration) : "under way", data.client && `from ${data.client}`, data.proto];
  const parts = [
    make("h2", { id: "title" }, make("span", { class: "status", "data-kind": statusKind(data) }, String(statusText(data))), title),
    make("p", { class: "dim" }, about.filter(Boolean).join(" · ")),
  ];
  if (data.replayOf) parts.push(make("p", {}, span("chip replay", `replay of #${data.replayOf}`)));
  for (const refusal of data.refusals ?? []) parts.push(make("p", { class: "refusal" }, make("strong", {}, refusal.by), refusal.reason));
  if (data.replay) parts.push(make("p", { class: "dim" }, `No replay: ${data.replay}.`));
  if (data.hops?.length) parts.push(fold("Timing", took(data.duration), waterfall(data)));
  for (const i of data.invocations ?? []) parts.push(...invocation(i));
  if (data.calls.length) parts.push(fold("AWS calls", "of no invocation that is known", calls(data.calls)));
  if (!data.source) {
    parts.push(fold("Request headers", plural(data.request.headers.length, "header"), headers(data.request.headers)));
    if (data.request.body.size) parts.push(fold("Request body", bytes(data.request.body.size), body(data.request.body)));
    parts.push(fold("Response headers", plural(data.response.headers.length, "header"), headers(data.response.headers)));
    if (data.response.body.size) parts.push(fold("Response body", bytes(data.response.body.size), body(data.response.body)));
  }
  return parts;
}

function invocation(i) {
  const who = i.authorizer ? "Authorizer" : "Function";
  const about = [`version ${i.version}`, i.cold ? `cold, init ${took(i.init)}` : "warm", took(i.duration), i.requestID].join(" · ");
  return [
    make("h3", {}, `${who} ${i.function}`),
    make("p", { class: "dim" }, i.requestID ? about : i.error),
    fold("Logs", plural(i.logs?.length ?? 0, "line"), logs(i.logs ?? [])),
    fold("AWS calls", plural(i.calls.length, "call"), i.calls.length ? calls(i.calls) : make("p", { class: "dim" }, "It called nothing.")),
    fold("Event", bytes(i.event.size), body(i.event)),
    fold("Response", [bytes(i.result.size), i.error].filter(Boolean).join(" · "), body(i.result)),
  ];
}

// waterfall has a bar for each hop, below those that it took place in.
function waterfall(data) {
  const whole = Math.max(data.duration, ...data.hops.map((hop) => hop.start + hop.duration), 0.001);
  const around = [];
  const rows = data.hops.map((hop) => {
    const end = hop.start + hop.duration;
    while (around.length && around.at(-1) < end - 0.05) around.pop();
    const depth = around.length;
    around.push(end);
    const bar = make("span", { class: "bar", "data-kind": hop.failed ? "failed" : hop.kind });
    bar.style.setProperty("left", `${100 * hop.start / whole}%`);
    bar.style.setProperty("width", `${100 * hop.duration / whole}%`);
    const name = make("span", { class: "hop", title: hop.detail }, hop.name, " ", span("dim", hop.detail));
    name.style.setProperty("padding-left", `${0.9 * depth}em`);
    return make("li", {}, name, make("span", { class: "lane" }, bar), span("took", took(hop.duration)));
  });
  return make("ol", { class: "waterfall", "aria-label": "Time by hop" }, ...rows);
}

function calls(list) {
  return make("ul", { class: "calls" }, ...list.map((call) => make("li", { class: call.denied ? "denied" : "" },
    make("span", { class: "status", "data-kind": call.status >= 500 ? "error" : call.status >= 400 ? "refused" : "fine" }, call.denied ? "denied" : String(call.status)),
    make("span", { class: "operation" }, `${call.service} ${call.operation}`),
    span("took", took(call.duration)),
    span("dim", call.resource),
    call.error ? span("why", [call.error, call.reason].filter(Boolean).join(": ")) : "")));
}

function headers(list) {
  return make("dl", {}, ...list.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

function logs(lines) {
  if (!lines.length) return make("p", { class: "dim" }, "It wrote nothing.");
  return make("pre", { tabindex: 0, class: "logs" }, ...lines.map((line) => span(line.platform ? "dim" : "", line.text + "\n")));
}

function body(data) {
  if (data.binary) return make("p", { class: "dim" }, `Binary, ${bytes(data.size)}.`);
  const parts = [make("pre", { tabindex: 0 }, ...coloured(data.text))];
  if (data.cut) parts.push(make("p", { class: "dim" }, `Cut: this is the beginning of ${bytes(data.size)}.`));
  return make("div", {}, ...parts);
}

// coloured is JSON with its keys, strings and the rest told apart.
function coloured(text) {
  if (!/^[[{]/.test(text) || text.length > 1e5) return [text];
  return text.split(/("(?:[^"\\]|\\.)*"(?:\s*:)?)/).map((part) =>
    part.startsWith('"') ? span(part.endsWith(":") ? "key" : "string", part) : part);
}
