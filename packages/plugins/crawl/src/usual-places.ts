/** Where applications serve the description of their API, relative to the base URL: the defaults of the common frameworks. */
export const DESCRIPTION_PLACES: readonly string[] = [
  "openapi.json",
  "openapi.yaml",
  "swagger.json",
  "v3/api-docs",
  "v2/api-docs",
  "api-docs",
  "swagger/v1/swagger.json",
  "api/openapi.json",
  "api/swagger.json",
];

export const GRAPHQL_PLACES: readonly string[] = ["graphql", "api/graphql", "graphiql"];

/** Folders of files that no page leads to, and that web servers often list. */
export const LISTED_PLACES: readonly string[] = ["uploads/", "files/", "backup/"];

/** Whether a page is a web server's list of a folder: Apache, nginx, lighttpd and Python call it so. */
export function isListing(html: string): boolean {
  return /<title>(?:Index of|Directory listing for) \//i.test(html.slice(0, 2_000));
}

const DESCRIPTION_PAGE = /swagger-?ui|\bredoc\b|<rapi-doc|graphiql|graphql-playground|api-reference/i;

/** Whether a page shows the description of an API: it names a program that does, or its file. */
export function isDescriptionPage(html: string): boolean {
  return DESCRIPTION_PAGE.test(html.slice(0, 100_000));
}

/** What GraphQL servers say to a request without a query. */
const GRAPHQL_ANSWER =
  /must provide query|query (?:string )?(?:is )?missing|no query|graphql|"errors"\s*:\s*\[/i;

/** Whether the answer to a request without a query comes from a GraphQL server: in JSON or plain text, and in their words. */
export function isGraphqlAnswer(status: number, contentType: string, text: string): boolean {
  if (![200, 400, 405, 422, 500].includes(status) || /html/i.test(contentType)) return false;
  return GRAPHQL_ANSWER.test(text.slice(0, 2_000));
}
