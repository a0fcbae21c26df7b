// Runs a Cloudflare Worker in node: `node cloudflare.mjs WORKER PORT SHOP_PORT`. The cache keeps whatever the Worker puts
// there, for as long as the process runs. As Cloudflare does, it takes hop-by-hop fields off, and says itself which
// scheme the visitor used.
import http from "node:http";
import { pathToFileURL } from "node:url";

const [file, port, shopPort] = process.argv.slice(2);
const kept = new Map();
globalThis.caches = {
  default: {
    match: async (address) => {
      const copy = kept.get(String(address))?.clone();
      copy?.headers.set("X-Cache-Status", "HIT");
      return copy;
    },
    put: async (address, response) => void kept.set(String(address), response),
  },
};

// node's own fetch would name the shop's port in Host.
globalThis.fetch = async (request) => {
  const { host, pathname, search } = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  const headers = { ...Object.fromEntries(request.headers), host };
  const answer = await new Promise((resolve, reject) => {
    http
      .request({ port: shopPort, host: "127.0.0.1", path: pathname + search, method: request.method, headers }, resolve)
      .on("error", reject)
      .end(body);
  });
  const parts = await answer.toArray();
  const fields = answer.rawHeaders.flatMap((name, i, all) =>
    i % 2 || /^(?:connection|transfer-encoding|content-length)$/i.test(name) ? [] : [[name, all[i + 1]]],
  );
  return new Response(parts.length ? Buffer.concat(parts) : null, { status: answer.statusCode, headers: fields });
};

const { default: worker } = await import(pathToFileURL(file));
http
  .createServer(async (incoming, outgoing) => {
    const headers = new Headers();
    incoming.rawHeaders.forEach((name, i, all) => {
      if (i % 2 === 0 && !/^(?:connection|content-length)$/i.test(name)) headers.append(name, all[i + 1]);
    });
    headers.set("X-Forwarded-Proto", "https");
    const body = await incoming.toArray();
    const request = new Request(`https://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers,
      body: body.length ? Buffer.concat(body) : undefined,
    });
    const waiting = [];
    const response = await worker.fetch(request, {}, { waitUntil: (promise) => waiting.push(promise) });
    await Promise.all(waiting);
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  })
  .listen(Number(port), "127.0.0.1");
