import { AppError, IssuedToken, NewToken, TokenResource } from "@picket/core";
import { createToken, findTokenById, listTokens, revokeToken } from "@picket/db";
import { z } from "zod";
import { mintToken } from "../auth/token.ts";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "tokens";

export const TOKEN_ROUTES: readonly Route[] = [
  listRoute({
    id: "listTokens",
    path: "/tokens",
    role: "admin",
    tag,
    summary: "List tokens, newest first, revoked and expired ones included",
    filter: z.strictObject({}),
    item: TokenResource,
    list: (sql, _given, page) => listTokens(sql, page),
  }),
  defineRoute({
    id: "createToken",
    method: "post",
    path: "/tokens",
    role: "admin",
    tag,
    summary: "Create a token; this answer is the only one that shows it",
    request: { body: NewToken },
    responses: { 201: IssuedToken },
    isSecret: true,
    async handle({ body, actor, database, services }) {
      const { token, secret } = mintToken(services.tokenPepper);
      const id = await createToken(database, body, { secret, actor });
      const stored = await findTokenById(database.sql, id);
      if (!stored) throw new AppError("INTERNAL", "the new token cannot be read");
      return { status: 201, body: { ...stored, token } };
    },
  }),
  defineRoute({
    id: "revokeToken",
    method: "delete",
    path: "/tokens/:id",
    role: "admin",
    tag,
    summary: "Revoke a token; it is refused at once",
    request: { params: IdParams },
    responses: { 204: null },
    async handle({ params: { id }, actor, database }) {
      await revokeToken(database, id, actor);
      return { status: 204, body: null };
    },
  }),
];
