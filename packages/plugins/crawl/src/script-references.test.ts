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
      ["POST /api/orders header:a=1 json:/item=tent json:/user/name json:/user/age=3"],
    ],
    [
      'x.open("POST","/old",true); x.setRequestHeader("Content-Type","text/plain"); x.setRequestHeader("X-Shop", shop); x.send("a=1&b="+c)',
      ["POST /old header:x-shop form:a=1 form:b=1"],
    ],
    [
      'fetch("/h",{headers:{"X-Tenant":t,"X-CSRF-Token":c,Authorization:a,Accept:"x"}})',
      ["GET /h header:x-tenant"],
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
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a script's template literal
      'var n={production:!0,hostServer:"."},s=class{hostServer=n.hostServer;host=this.hostServer+"/api/Users";get(e){return this.http.get(`${this.host}/${e}`)}save(e){return this.http.post(this.host+"/",e)}}',
      ["GET /shop/api/Users", "GET /shop/api/Users/1", "POST /shop/api/Users/"],
    ],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a script's template literal
      "class A{search(e){return this.http.get(`${this.hostServer}/rest/search?q=${e}`)}}",
      ["GET /rest/search?q=1"],
    ],
    [
      'a(this,"host","/api");x(this.host+"/it",fetch(this.host+"/all"))',
      ["GET /api", "GET /api/it", "GET /api/all"],
    ],
    ['const u="".concat(BASE,"/users/").concat(id,"/edit")', ["GET /users/1/edit"]],
    [
      'var Z="/api/v2",q=X.create({baseURL:Z});q.get("/notes");q.post("/notes",{title:t})',
      ["GET /api/v2", "GET /api/v2/notes", "POST /api/v2/notes json:/title"],
    ],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a script's template literal
      'const b={url:"/svc"};async function r(p,{method:m="GET",data:d}={}){return(await fetch(`${b.url}${p}`,{method:m,body:JSON.stringify(d)})).json()}r("/ping",{method:"POST",data:{host:h}});r(`/export?file=${f}`)',
      ["GET /svc", "POST /svc/ping json:/host", "GET /svc/export?file=1"],
    ],
    ['const c={name:a,age:3};axios.post("/people",c)', ["POST /people json:/name json:/age=3"]],
    ['headers.delete("content-type");cache.delete("a/b")', ["DELETE /shop/a/b"]],
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

  it("says which function hands a body over, and what functions are called with", () => {
    const { open, callSites } = scriptReferences(
      'class S{save(i,e){return this.http.post("/api/it",e)}}class C{go(){this.item.size=1;this.item.name=n;s.save(2,this.item)}}',
      AT,
    );
    expect(open.map(({ by }) => by)).toEqual([{ name: "save", position: 1 }]);
    expect(callSites.get("save 1")).toEqual([
      [
        { name: "/size", in: "json" },
        { name: "/name", in: "json" },
      ],
    ]);
  });

  it("stops at its cap and counts the rest", () => {
    const script = Array.from({ length: 310 }, (_, index) => `"/p${index}"`).join();
    const { references, left } = scriptReferences(script, AT);
    expect([references.length, left]).toEqual([300, 10]);
  });

  it("takes time in proportion to the length of hostile code", async () => {
    for (const part of [
      "({[",
      "`${",
      '"/a"+',
      '{"/a":',
      "fetch('/x',{method:",
      "/[/",
      "a+",
      "a.b(c,",
      "x=y+'/z';",
      "''.concat(",
    ]) {
      const code = part.repeat(Math.floor(262_144 / part.length));
      expect(await processorTime(() => scriptReferences(code, AT))).toBeLessThan(LINEAR_TIME_MS);
    }
  });
});
