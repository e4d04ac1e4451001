// The official SignalR client through a session with the simulated gateway.
//
//   node conformance.js REST TOKEN CONTRACT ACCOUNT direct|negotiated
//
// Prints one JSON object: what it met, in order, on each hub. Judging that is the test's part.
"use strict";

const signalR = require("@microsoft/signalr");

const [rest, token, contract, account, way] = process.argv.slice(2);
const PATIENCE = 30_000;

function hub(name, met) {
  const connection = new signalR.HubConnectionBuilder()
    .withUrl(`${rest}/hubs/${name}`, {
      accessTokenFactory: () => token,
      skipNegotiation: way === "direct",
      transport: signalR.HttpTransportType.WebSockets,
    })
    .withAutomaticReconnect([0, 100, 500])
    .configureLogging(signalR.LogLevel.None)
    .build();
  connection.onreconnecting(() => met.push("reconnecting"));
  connection.onreconnected(() => met.push("reconnected"));
  connection.onclose((error) => met.push(error ? `closed: ${error.message}` : "closed"));
  return connection;
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  const reply = await fetch(rest + path, { method: "POST", headers, body: JSON.stringify(body) });
  return reply.json();
}

/** Settles once `done` holds of what was met. */
async function until(met, what, done) {
  const end = Date.now() + PATIENCE;
  while (!met.some(done)) {
    if (Date.now() > end) throw new Error(`${what}: not met, but ${JSON.stringify(met)}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}

/** Subscribe, and wait for an event of each target since. */
async function hear(connection, met, subscriptions, targets, cause) {
  const heard = [];
  for (const target of targets) {
    connection.off(target);
    connection.on(target, (...values) => heard.push({ target, values }));
  }
  for (const [method, ...values] of subscriptions) {
    const result = await connection.invoke(method, ...values);
    met.push(`${method}: ${result}`);
  }
  await cause();
  for (const target of targets) {
    await until(heard, target, (event) => event.target === target);
    met.push(target);
  }
  return heard;
}

async function session(name, subscriptions, targets, cause) {
  const met = [];
  const connection = hub(name, met);
  await connection.start();
  met.push("connected");
  const heard = await hear(connection, met, subscriptions, targets, cause);
  await connection.invoke("Nonsense", 1).catch((error) => met.push(`error: ${error.message}`));
  await connection.send(...subscriptions[0]);
  await post("/sim/faults", { name: "drop_hub", target: name });
  await until(met, "reconnected", (entry) => entry === "reconnected");
  await hear(connection, met, subscriptions, targets, cause);
  await post("/sim/faults", { name: "close_hub_error", target: name });
  await until(met, "closed", (entry) => entry.startsWith("closed"));
  return { met, first: targets.map((t) => heard.find((event) => event.target === t)) };
}

async function main() {
  const market = await session(
    "market",
    ["Quotes", "Trades", "MarketDepth"].map((stream) => [`SubscribeContract${stream}`, contract]),
    ["GatewayQuote", "GatewayTrade", "GatewayDepth"],
    async () => {},
  );
  const user = await session(
    "user",
    [
      ["SubscribeAccounts"],
      ...["Orders", "Positions", "Trades"].map((s) => [`Subscribe${s}`, Number(account)]),
    ],
    ["GatewayUserOrder", "GatewayUserTrade", "GatewayUserPosition", "GatewayUserAccount"],
    () =>
      post("/api/Order/place", {
        accountId: Number(account), contractId: contract, type: 2, side: 0, size: 1,
      }),
  );
  console.log(JSON.stringify({ market, user }));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(String(error.stack));
    process.exit(1);
  },
);
