import type { Express } from "express";
import { PRODUCTS } from "./catalog.ts";

/** The shop as data. */
export function addApiRoutes(app: Express): void {
  app.get("/api/products", (_request, response) => {
    response.json({ products: PRODUCTS });
  });
  app.get("/api/products/:id", (request, response) => {
    const product = PRODUCTS.find(({ id }) => String(id) === request.params.id);
    if (product) response.json(product);
    else response.status(404).json({ error: "no such product" });
  });
}
