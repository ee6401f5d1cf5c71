import { describe, expect, it } from "@jest/globals";
import { hrefOf } from "@picket/core";
import { LINEAR_TIME_MS, processorTime } from "@picket/plugin-sdk/testing";
import { scriptReferences } from "./script-references.ts";

const AT = { base: "http://app.test/shop/", foundAt: "http://app.test/js/main.js" };

function placesIn(script: string): string[] {
  return scriptReferences(script, AT).references.map(({ method, url, parameters }) => {
    const names = parameters.map(
      ({ name, in: position, example }) => ` ${position}:${name}${example ? `=${example}` : ""}`,
    );
    return `${method} ${hrefOf(url).replace("http://app.test", "")}${names.join("")}`;
  });
}

describe("scriptReferences", () => {
  it.each([
    ['fetch("/api/users")', ["GET /api/users"]],
    ["fetch('api/users?page=2')", ["GET /shop/api/users?page=2"]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a script's template literal
    ["fetch(`/api/users/${user.id}/posts`)", ["GET /api/users/1/posts"]],
    ['fetch("/api/user/" + encodeURIComponent(id) + "/x")', ["GET /api/user/1/x"]],
    ['fetch("/api/search?q="+q)', ["GET /api/search?q=1"]],
    [
      'fetch("/api/orders", {headers: {a: 1}, method: "POST", body: JSON.stringify({item: "tent", user: {name, age: 3}})})',
      ["POST /api/orders json:/item=tent json:/user/name json:/user/age=3"],
    ],
    ['fetch("/f",{method:"put",body:new URLSearchParams({a:"1",b})})', ["PUT /f form:a=1 form:b"]],
    [
      'axios.post("/api/login",{user:u,password:p}).then(x=>x.get("y"))',
      ["POST /api/login json:/user json:/password"],
    ],
    ['axios.get("/api/items",{params:{page:1,sort:s}})', ["GET /api/items query:page=1 query:sort"]],
    ['axios({url:"/api/a",method:"delete"})', ["DELETE /api/a"]],
    ['$.post("/vote",{id:1,"up-down":x})', ["POST /vote form:id=1 form:up-down"]],
    ['$.ajax({type:"POST",data:{q:1},url:"/find"})', ["POST /find form:q=1"]],
    ['$.ajax({data:{q:1},url:"/find"})', ["GET /find query:q=1"]],
    ['r.open("PATCH","/x/y",true)', ["PATCH /x/y"]],
    [
      'const routes=[{path:"/users/:id/edit",component:A},{path:"/about"}]',
      ["GET /users/1/edit", "GET /about"],
    ],
    ['import("./chunk.js")', ["GET /js/chunk.js"]],
    ['location.href="\\/old\\u002fpath"', ["GET /old/path"]],
    ["var broken = {{{ '/still-read' ( \"unclosed", ["GET /still-read"]],
    ['fetch("https://other.test/x")', ["GET http".concat("s://other.test/x")]],
  ])("reads %s", (script, expected) => expect(placesIn(script)).toEqual(expected));

  it.each([
    "// fetch('/commented')",
    "/* '/commented' */",
    'const a = b / c; const type = "text/html"; const day = "1/2/2026";',
    "x = /^\\/api\\/(.*)$/",
    '"/usr/lib/node"',
    '"*/*"',
    '"a sentence with /slash and spaces"',
    '"</div>"',
    'm.set("color")',
  ])("reads nothing from %s", (script) => expect(placesIn(script)).toEqual([]));

  it("takes text for a guess, and calls that change something for a place", () => {
    const { references } = scriptReferences('"/a"; fetch("/b",{method:"POST"})', AT);
    expect(references.map(({ isGuess, isRequestable }) => [isGuess, isRequestable])).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it("stops at its cap and counts the rest", () => {
    const script = Array.from({ length: 310 }, (_, index) => `"/p${index}"`).join();
    const { references, left } = scriptReferences(script, AT);
    expect([references.length, left]).toEqual([300, 10]);
  });

  it("takes time in proportion to the length of hostile code", async () => {
    for (const part of ["({[", "`${", '"/a"+', '{"/a":', "fetch('/x',{method:", "/[/"]) {
      const code = part.repeat(Math.floor(262_144 / part.length));
      expect(await processorTime(() => scriptReferences(code, AT))).toBeLessThan(LINEAR_TIME_MS);
    }
  });
});
