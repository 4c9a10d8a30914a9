// What was read from the templates.
import { $, make, span } from "./elements.js";

let environments = {};
let queues = {};
let resources = { hosts: [], stacks: [] };

export async function loadResources() {
  const response = await fetch("resources");
  if (!response.ok) return;
  resources = await response.json();
  $("stage").textContent = resources.stage;
  document.title = `Annex console: ${resources.stage}`;
  const local = (host) => `${location.protocol}//${host}.localhost${location.port && ":" + location.port}/`;
  $("hosts").replaceChildren(...resources.hosts.map((host) => make("li", {}, make("a", { href: local(host), target: "_blank", rel: "noreferrer" }, local(host)))));
  drawResources();
}

export function drawResources() {
  const words = $("filter").value.toLowerCase().split(/\s+/);
  const has = (...texts) => words.every((word) => texts.join(" ").toLowerCase().includes(word));
  const stacks = (resources.stacks ?? []).map((stack) => {
    const groups = (stack.groups ?? []).map((group) => {
      const rows = group.rows.filter((row) => has(stack.name, group.title, ...row.cells));
      return rows.length ? table(group, rows) : "";
    }).filter(Boolean);
    const unserved = (stack.unserved ?? []).filter((line) => has(stack.name, "not served", line));
    if (unserved.length) groups.push(make("h3", {}, "Not served here"), make("ul", { class: "unserved" }, ...unserved.map((line) => make("li", {}, line))));
    return groups.length ? make("section", {}, make("h2", {}, stack.name, span("dim", stack.region)), ...groups) : "";
  }).filter(Boolean);
  $("resources").replaceChildren(...(stacks.length ? stacks : [make("p", { class: "dim" }, "No resource matches the filter.")]));
  drawEnvironments();
  drawQueues();
}

function table(group, rows) {
  const functions = rows.some((row) => row.function);
  const messages = rows.some((row) => row.queue);
  const columns = [...group.columns, ...(functions ? ["Environments"] : []), ...(messages ? ["Messages"] : [])];
  const head = make("tr", {}, ...columns.map((column) => make("th", { scope: "col" }, column)));
  const lines = rows.map((row) => make("tr", {}, ...row.cells.map((cell) => make("td", { class: cell.length > 60 ? "long" : "" }, cell)), functions ? make("td", { "data-function": row.function }) : "", messages ? queueCell(row.queue) : ""));
  return make("div", { class: "table", tabindex: 0, role: "region", "aria-label": group.title },
    make("table", {}, make("caption", {}, group.title, group.note ? span("dim", group.note) : ""), make("thead", {}, head), make("tbody", {}, ...lines)));
}

export function drawEnvironments(now = environments) {
  environments = now;
  for (const cell of document.querySelectorAll("[data-function]")) {
    const has = environments[cell.dataset.function] ?? { idle: 0, busy: 0, provisioned: 0 };
    const parts = [has.busy && `${has.busy} busy`, has.idle && `${has.idle} idle`, has.provisioned && `${has.provisioned} provisioned`].filter(Boolean);
    cell.textContent = parts.join(", ") || "none";
  }
}

// queueCell is how many messages a queue has and, once it is opened, the first of them.
function queueCell(queue) {
  const messages = make("pre");
  const details = make("details", {}, make("summary"), messages);
  details.addEventListener("toggle", () => details.open && look(queue, messages));
  return make("td", { "data-queue": queue }, details);
}

async function look(queue, into) {
  const response = await fetch(`messages/${encodeURIComponent(queue)}`);
  into.textContent = response.ok ? (await response.json()).map(written).join("\n\n") : await response.text();
}

// written is what a reader wants of a message: not its receipt, and its body as it is meant.
function written({ messageId, attributes, messageAttributes, body }) {
  try {
    body = JSON.parse(body);
  } catch {
    // It is a text.
  }
  return JSON.stringify({ messageId, attributes, messageAttributes, body }, null, 2);
}

export function drawQueues(now = queues) {
  queues = now;
  for (const cell of document.querySelectorAll("[data-queue]")) {
    const has = queues[cell.dataset.queue] ?? { waiting: 0, hidden: 0 };
    const parts = [has.waiting && `${has.waiting} waiting`, has.hidden && `${has.hidden} hidden`].filter(Boolean);
    const [details] = cell.children;
    const text = parts.join(", ") || "none";
    if (details.open && details.firstChild.textContent !== text) look(cell.dataset.queue, details.lastChild);
    details.firstChild.textContent = text;
  }
}
