import type { Express } from "express";
import { type Html, html } from "../html.ts";
import { CATEGORIES, PAGES, POSTS, PRODUCTS, type Product } from "./catalog.ts";
import type { ShopContext } from "./shop.ts";

const PRODUCTS_PER_PAGE = 6;

const euro = (cents: number) => `€ ${(cents / 100).toFixed(2)}`;

function productList(products: readonly Product[]): Html {
  const items = products.map(
    ({ id, name, price }) => html`<li><a href="/product/${id}">${name}</a> ${euro(price)}</li>\n`,
  );
  return html`<ul>${items}</ul>`;
}

function productPage({ id, name, category, price, description }: Product, csrfToken: string): Html {
  return html`<img src="/static/img/product-${id}.svg" alt="${name}">
<p>${description}</p><p>${euro(price)}</p>
<p><a href="/category/${category}">More ${category}</a> <a href="/api/products/${id}">As data</a></p>
<form action="/cart" method="post">
  <input type="hidden" name="csrf" value="${csrfToken}"><input type="hidden" name="product" value="${id}">
  <input name="quantity" type="number" value="1"> <button>Add to cart</button>
</form>`;
}

function pagedProducts(page: number): Html {
  const start = (page - 1) * PRODUCTS_PER_PAGE;
  const hasNext = start + PRODUCTS_PER_PAGE < PRODUCTS.length;
  return html`${productList(PRODUCTS.slice(start, start + PRODUCTS_PER_PAGE))}
<a href="/api/products">As data</a> ${hasNext ? html`<a rel="next" href="/products?page=${page + 1}">More</a>` : ""}`;
}

/** Pages that anyone can read: products, search, blog and texts. */
export function addCatalogRoutes(app: Express, { send, noise }: ShopContext): void {
  app.get("/", (_request, response) => {
    const categories = CATEGORIES.map((name) => html`<li><a href="/category/${name}">${name}</a></li>`);
    const body = html`<p>Things that keep you warm.</p><ul>${categories}</ul>${productList(PRODUCTS.slice(0, 4))}`;
    send(response, { title: "Outdoors", body });
  });
  app.get("/products", (request, response) => {
    const page = Math.max(1, Number.parseInt(String(request.query.page ?? 1), 10) || 1);
    send(response, { title: "Products", body: pagedProducts(page) });
  });
  app.get("/category/:name", (request, response, next) => {
    const { name } = request.params;
    const products = PRODUCTS.filter(({ category }) => category === name);
    if (products.length === 0) next();
    else send(response, { title: name, body: productList(products) });
  });
  app.get("/product/:id", (request, response, next) => {
    const product = PRODUCTS.find(({ id }) => String(id) === request.params.id);
    if (product) send(response, { title: product.name, body: productPage(product, noise.token(32)) });
    else next();
  });
  app.get("/search", (request, response) => {
    const query = String(request.query.q ?? "");
    const found = PRODUCTS.filter(({ name }) => name.toLowerCase().includes(query.toLowerCase()));
    send(response, { title: "Search", body: html`<p>You looked for ${query}.</p>${productList(found)}` });
  });
  app.get("/blog", (_request, response) => {
    const items = POSTS.map(({ slug, title }) => html`<li><a href="/blog/${slug}">${title}</a></li>`);
    send(response, { title: "Blog", body: html`<ul>${items}</ul>` });
  });
  for (const { slug, title, text } of POSTS) {
    app.get(`/blog/${slug}`, (_request, response) => send(response, { title, body: html`<p>${text}</p>` }));
  }
  for (const { slug, title, text } of PAGES) {
    app.get(`/${slug}`, (_request, response) => send(response, { title, body: html`<p>${text}</p>` }));
  }
  app.get("/go/deals", (_request, response) => response.redirect(302, "/deals"));
  app.get("/go/partner", (_request, response) => response.redirect(302, "https://partner.example/"));
  app.get("/old-shop", (_request, response) => response.redirect(301, "/products"));
}
