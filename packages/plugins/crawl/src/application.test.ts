import { describe, expect, it } from "@jest/globals";
import { hrefOf } from "@picket/core";
import { createApplication } from "./application.ts";
import { scriptReferences } from "./script-references.ts";

const AT = { base: "http://app.test/", foundAt: "http://app.test/main.js" };

function completed(scripts: readonly string[], answers: Readonly<Record<string, unknown>> = {}): string[] {
  const application = createApplication();
  for (const script of scripts) application.readScript(scriptReferences(script, AT));
  for (const [url, document] of Object.entries(answers)) application.readJson(url, document);
  return application.completed().map(({ method, url, parameters }) => {
    const names = parameters.map(({ name, example }) => ` ${name}${example ? `=${example}` : ""}`);
    return `${method} ${hrefOf(url).replace("http://app.test", "")}${names.join("")}`;
  });
}

describe("createApplication", () => {
  it("puts what one script's client puts before addresses before those that other scripts give it", () => {
    expect(
      completed([
        'x.get("/audit");x.delete("/users/"+i)',
        'const q=a.create({baseURL:"/api/v2"});export{q as x}',
      ]),
    ).toEqual(["GET /api/v2/audit", "DELETE /api/v2/users/1"]);
  });

  it("fills a body with what the function that hands it over is called with in another script", () => {
    const service = 'class S{send(e){return this.http.post("/api/complaints",e)}}';
    expect(completed([service, 'c.send({message:"late"})'])).toEqual(["POST /api/complaints /message=late"]);
  });

  it("fills a body with the fields of the records that are at the same place", () => {
    const service = 'class S{save(e){return this.http.post("/api/Feedbacks/",e)}}';
    const answer = { status: "ok", data: [{ id: 1, comment: "fine", rating: 5, createdAt: "2026-01-01" }] };
    expect(completed([service], { "http://app.test/api/Feedbacks": answer })).toEqual([
      "POST /api/Feedbacks/ /comment=fine /rating=5",
    ]);
  });

  it("takes of functions of one name those that are called with fields of such a record", () => {
    const scripts = [
      'class S{save(e){return this.http.post("/api/Feedbacks/",e)}}',
      'f.save({comment:"x",captcha:"3"});u.save({email:"a@b.test"})',
    ];
    expect(completed(scripts, { "http://app.test/api/Feedbacks": [{ comment: "fine" }] })).toEqual([
      "POST /api/Feedbacks/ /comment=x /captcha=3",
    ]);
  });

  it("sends what logins usually take where nothing says it, and nothing to places of which nothing is known", () => {
    const service = 'class S{a(e){return h.post("/rest/user/login",e)}b(e){return h.post("/rest/other",e)}}';
    expect(completed([service])).toEqual(["POST /rest/user/login /email /username /password"]);
  });
});
