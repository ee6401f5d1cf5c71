import type { Application } from "../application.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Trail planner</title>
<script type="module" src="/assets/index.4f2a91c07be3.js"></script>
</head>
<body>
<div id="root"></div>
<noscript><a href="/trails">Trails</a> <a href="/trails/7">Ridge walk</a> <a href="/settings">Settings</a></noscript>
</body>
</html>
`;

/** A single-page application whose server answers every path alike, so a status code proves nothing. */
export const spa: Application = {
  description: "A single-page application: the same page with status 200 for every path",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    return (_request, response) => {
      response.writeHead(200, { ...SAFE_HEADERS, "content-type": "text/html; charset=utf-8" });
      response.end(INDEX);
    };
  },
};
