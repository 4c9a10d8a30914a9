// The console's page. All that it shows comes as text, and becomes text nodes.
import { facts } from "./detail.js";
import { $, make, place, plural, span, statusKind, statusText, time, took } from "./elements.js";
import { drawEnvironments, drawQueues, drawResources, loadResources } from "./resources.js";

const maxRows = 500; // as many as the runner keeps

const requests = new Map(); // by ID: { data, row }
let selected = 0;
let shown = ""; // the detail's data, as text
let missed = 0;

// The list.

const refused = (data) => data.refusal.by !== "";

// brief is the part of IAM's sentence that says what was denied, and other
// reasons as they are.
const brief = (reason) => reason.replace(/^User: \S+ is not authorized to perform: (\S+) on resource: "?(?:\S*:)?(\S+?)"? .*$/s, "no $1 on $2");

function draw(button, data) {
  // The name of a schedule, stream or queue is too long for the column.
  const [what, ...which] = data.source?.split(" ") ?? [];
  button.dataset.status = data.ended ? data.status : "";
  button.replaceChildren(
    make("span", { class: "status", "data-kind": statusKind(data) }, String(statusText(data))),
    span("what", data.source ? what : data.method),
    span("path", data.source ? data.function : data.uri),
    span("took", data.ended ? took(data.duration) : ""),
    make("span", { class: "about" },
      span("host", data.source ? which.join(" ") : place(data)),
      data.function && !data.source ? span("function", data.function) : "",
      data.cold ? span("chip cold", "cold") : "",
      data.replayOf ? span("chip replay", `replay of #${data.replayOf}`) : "",
      refused(data) ? span("why", `${data.refusal.by}: ${brief(data.refusal.reason)}`) : ""),
    span("at", time(data.time)));
}

function note(data) {
  let known = requests.get(data.id);
  if (!known) {
    const button = make("button", { type: "button", "data-id": data.id, "data-source": data.source });
    button.addEventListener("click", () => select(data.id));
    known = { row: make("li", {}, button) };
    requests.set(data.id, known);
    $("list").prepend(known.row);
    if (requests.size > maxRows) {
      const [oldest, old] = requests.entries().next().value;
      old.row.remove();
      requests.delete(oldest);
    }
  }
  known.data = data;
  draw(known.row.firstChild, data);
  known.row.hidden = !matches(data);
  if (data.id === selected) load();
  counts();
}

function matches(data) {
  const kind = document.querySelector("input[name=kind]:checked").value;
  if (kind === "refused" && !refused(data) || kind === "functions" && !data.function) return false;
  const text = [data.method, data.host, data.uri, data.status, data.route, data.function, data.source, data.refusal.by, data.refusal.reason].join(" ").toLowerCase();
  return $("filter").value.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function counts() {
  const all = [...requests.values()];
  const count = all.filter(({ data }) => refused(data)).length;
  $("refusals").textContent = count || "";
  $("empty").hidden = all.length > 0;
  $("nothing").hidden = all.length === 0 || all.some(({ row }) => !row.hidden);
  $("missed").hidden = missed === 0;
  $("missed").textContent = `${plural(missed, "update")} came too fast to be shown.`;
}

function filter() {
  for (const { data, row } of requests.values()) row.hidden = !matches(data);
  counts();
  drawResources();
}

function clear() {
  requests.clear();
  $("list").replaceChildren();
  missed = 0;
  close();
  counts();
}

// The detail.

function close() {
  const button = document.querySelector("#list [aria-current]");
  button?.removeAttribute("aria-current");
  selected = 0;
  shown = "";
  $("detail").hidden = true;
  $("choose").hidden = false;
  document.body.classList.remove("detailed");
  if (button && !button.parentElement.hidden && $("detail").contains(document.activeElement)) button.focus();
}

function select(id) {
  document.querySelector("#list [aria-current]")?.removeAttribute("aria-current");
  requests.get(id)?.row.firstChild.setAttribute("aria-current", "true");
  selected = id;
  $("note").textContent = "";
  edit(false);
  document.body.classList.add("detailed");
  return load();
}

let loads = 0; // answers may come in another order than they were asked for

async function load() {
  const id = selected;
  const turn = ++loads;
  const response = await fetch(`requests/${id}`).catch(() => undefined);
  const text = await response?.text().catch(() => undefined);
  if (text === undefined || turn !== loads || id !== selected || text === shown) return;
  const first = shown === "" || JSON.parse(shown).id !== id;
  $("choose").hidden = true;
  $("detail").hidden = false;
  if (!response.ok) {
    shown = "";
    $("replay").disabled = $("change").disabled = true;
    $("facts").replaceChildren(make("h2", { id: "title" }, `#${id}`), make("p", {}, text));
    return;
  }
  shown = text;
  const data = JSON.parse(text);
  $("replay").disabled = data.replay !== "" || !data.ended;
  $("change").disabled = data.source !== undefined || !data.ended;
  $("replay").title = data.replay;
  $("facts").replaceChildren(...facts(data));
  if (first) {
    $("detail").scrollTop = 0;
    if (getComputedStyle($("back")).display !== "none") $("detail").focus();
  }
}

// Replays.

async function send(change) {
  $("note").textContent = "Sending…";
  const response = await fetch("replay", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: selected, ...change }) }).catch(() => undefined);
  if (!response) {
    $("note").textContent = "Not answered: is make run still running?";
    return;
  }
  if (!response.ok) {
    $("note").textContent = await response.text();
    return;
  }
  const { id } = await response.json();
  await select(id);
  $("note").textContent = `Sent again: this is #${id}.`;
}

function edit(open) {
  $("edit").hidden = !open;
  $("change").setAttribute("aria-expanded", String(open));
  if (!open || !shown) return;
  const { uri, request } = JSON.parse(shown);
  const text = request.body.cut || request.body.binary ? "" : request.body.text;
  $("uri").value = $("uri").defaultValue = uri;
  $("body").value = $("body").defaultValue = text;
  $("uri").focus();
}

// What the runner says, and what the person does.

function state(kind, text) {
  $("state").dataset.state = kind;
  $("state").textContent = text;
}

function trouble(text) {
  $("trouble").hidden = !text;
  $("reason").textContent = text;
}

const source = new EventSource("events");
const on = (name, does) => source.addEventListener(name, (event) => does(JSON.parse(event.data)));
source.addEventListener("error", () => state("lost", "Not connected: is make run still running?"));
on("hello", (hello) => {
  clear();
  state("recording", `Recording since ${time(hello.since)}`);
  $("since").textContent = `Recording since ${time(hello.since)}.`;
  trouble(hello.trouble);
  loadResources();
});
on("exchange", note);
on("missed", (count) => { missed += count; counts(); });
on("environments", drawEnvironments);
on("queues", drawQueues);
on("served", (now) => { trouble(now.trouble); loadResources(); });

function view() {
  const resourcesShown = location.hash === "#resources";
  document.body.classList.toggle("resources", resourcesShown);
  $("resources").hidden = !resourcesShown;
  for (const link of document.querySelectorAll("nav a")) {
    link.hash === (resourcesShown ? "#resources" : "#requests") ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
}
addEventListener("hashchange", view);
view();

$("filter").addEventListener("input", filter);
$("kinds").addEventListener("change", filter);
$("clear").addEventListener("click", clear);
$("back").addEventListener("click", close);
$("replay").addEventListener("click", () => send({}));
$("change").addEventListener("click", () => edit($("edit").hidden));
$("edit").addEventListener("submit", (event) => {
  event.preventDefault();
  const changed = (id) => ($(id).value === $(id).defaultValue ? undefined : $(id).value);
  send({ uri: changed("uri"), body: changed("body") });
});
addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName) && document.activeElement.type !== "radio";
  if (event.key === "Escape" && selected) return close();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    $("filter").focus();
  }
  const current = document.activeElement.closest?.("#list li");
  if (current && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const rows = [...$("list").children].filter((row) => !row.hidden);
    rows[rows.indexOf(current) + (event.key === "ArrowDown" ? 1 : -1)]?.firstChild.focus();
  }
});
