import { type Html, html } from "../html.ts";
import type { Noise } from "../noise.ts";

export interface Layout {
  /** What the application adds to every page's head, given the page's CSP nonce. */
  head(nonce: string): Html;
  noise: Noise;
}

export interface Page {
  title: string;
  body: Html;
  nonce: string;
}

const NAVIGATION = html`<nav>
  <a href="/">Home</a> <a href="/products">Products</a> <a href="/blog">Blog</a>
  <a href="/cart">Cart</a> <a href="/account">Account</a> <a href="/logout">Log out</a>
  <form action="/search" method="get"><input name="q" type="search"> <button>Search</button></form>
</nav>`;

const FOOTER = html`<footer>
  <a href="/about">About us</a> <a href="/shipping">Shipping</a> <a href="/terms">Terms</a>
  <a href="/privacy">Privacy</a> <a href="/contact">Contact</a> <a href="/go/deals">Deals</a> <a href="/go/partner">Partner</a>
  <a href="https://outdoor-friends.example/camp-and-kettle">Our friends</a>
  <a href="//pictures.example/camp-and-kettle">Pictures</a> <a href="mailto:hello@camp.example">Write to us</a>
  <form action="/newsletter" method="post"><input name="email" type="email"> <button>Subscribe</button></form>
</footer>`;

/** A whole document. Request id, timing and nonce change with every request, as they do in real life. */
export function renderPage({ head, noise }: Layout, { title, body, nonce }: Page): string {
  const timing = Math.round(noise.next() * 90) + 10;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} – Camp & Kettle</title>
<link rel="stylesheet" href="/static/shop.css">
<link rel="icon" href="/static/img/logo.svg">
${head(nonce)}
<script nonce="${nonce}">window.requestId = "${noise.token(16)}";</script>
<script src="/static/shop.js" defer></script>
</head>
<body>
${NAVIGATION}
<main><h1>${title}</h1>
${body}
</main>
${FOOTER}
<!-- request ${noise.token(32)} rendered in ${timing} ms -->
</body>
</html>
`.text;
}
