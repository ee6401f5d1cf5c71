import type { Express } from "express";
import { html } from "../html.ts";
import { createSessions, DEMO_USER } from "./sessions.ts";
import type { ShopContext } from "./shop.ts";

/** Login, account, cart and the forms. */
export function addAccountRoutes(app: Express, context: ShopContext): void {
  const { send, noise, basketCookie } = context;
  const sessions = createSessions(context.sessionCookie, noise);

  app.get("/login", (request, response) => {
    sessions.open(request, response);
    const body = html`<form action="/login" method="post">
  <input type="hidden" name="csrf" value="${noise.token(32)}">
  <input name="email" type="email"> <input name="password" type="password"> <button>Log in</button>
</form>`;
    send(response, { title: "Log in", body });
  });
  app.post("/login", (request, response) => {
    const { email, password } = request.body ?? {};
    if (email !== DEMO_USER.email || password !== DEMO_USER.password) {
      send(response, { title: "Log in", body: html`<p>That is not right.</p>`, status: 401 });
      return;
    }
    sessions.renew(response, email);
    response.redirect(303, "/account");
  });
  app.get("/logout", (request, response) => {
    sessions.end(request, response);
    response.redirect(302, "/");
  });
  app.get("/account", (request, response) => {
    const email = sessions.user(request);
    if (email === null) return response.redirect(302, "/login");
    const body = html`<p>Hello ${email}.</p><a href="/account/delete">Delete my account</a>`;
    return send(response, { title: "Your account", body });
  });
  app.get("/cart", (_request, response) => {
    response.cookie(basketCookie.name, noise.token(12), basketCookie.options);
    const body = html`<p>Nothing in it yet.</p><a href="/checkout.php">Check out</a> <a href="/cart/clear">Empty it</a>`;
    send(response, { title: "Cart", body });
  });
  app.post("/cart", (_request, response) => response.redirect(303, "/cart"));
  app.get("/cart/clear", (_request, response) => response.redirect(302, "/cart"));
  app.get("/checkout.php", (_request, response) => {
    const body = html`<form action="/checkout.php" method="post">
  <input type="hidden" name="csrf" value="${noise.token(32)}">
  <input name="street"> <input name="city"> <button>Pay</button>
</form>`;
    send(response, { title: "Check out", body });
  });
  app.get("/contact", (_request, response) => {
    const body = html`<form action="/contact" method="post">
  <input name="name"> <input name="email"> <textarea name="message"></textarea> <button>Send</button>
</form>`;
    send(response, { title: "Contact", body });
  });
  app.post(["/checkout.php", "/contact", "/newsletter"], (_request, response) => {
    send(response, { title: "Thank you", body: html`<p>We will be in touch.</p>` });
  });
  app.get("/admin", (_request, response) => {
    send(response, { title: "Not for you", body: html`<p>Staff only.</p>`, status: 403 });
  });
}
