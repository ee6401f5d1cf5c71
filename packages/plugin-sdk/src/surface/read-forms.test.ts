import { describe, expect, it } from "@jest/globals";
import { fittingValue } from "./fitting-value.ts";
import { examplePattern } from "./pattern-example.ts";
import { readForms } from "./read-forms.ts";

const PAGE = `<form id="f" action="/order" method="post" enctype="multipart/form-data">
<input type="hidden" name="csrf" value="abc"><input name="mail" type="email" required>
<input type="number" name="amount" min="3" max="9"><input type="date" name="day" min="2030-02-01">
<select name="size"><option value="">choose</option><option value="m">M</option><option value="l" selected>L</option></select>
<select name="colour"><option value="">choose</option><option value="red">Red</option></select>
<textarea name="note">Leave it &amp; ring</textarea>
<input type="radio" name="pay" value="card"><input type="radio" name="pay" value="bill" checked>
<input type="checkbox" name="gift"><input name="code" pattern="[A-Z]{3}-\\d{4}"><input name="nick" maxlength="3">
<button type="button" name="no">x</button><button name="go" value="buy">Buy</button><button name="later" value="1">Later</button>
<input type="reset" name="never"></form><input name="outside" form="f" value="o"><form><input name=q></form>`;

describe("readForms", () => {
  const [order, search] = readForms(PAGE);

  it("reads what a browser would send", () => {
    expect(order).toMatchObject({ action: "/order", method: "POST", encoding: "multipart/form-data" });
    expect(order?.fields.map(({ name }) => name).join(" ")).toBe(
      "csrf mail amount day size colour note pay gift code nick go outside",
    );
    expect(search).toMatchObject({ action: "", method: "GET", fields: [{ name: "q", type: "text" }] });
  });

  it("fills in values that each field accepts", () => {
    const values = Object.fromEntries(order?.fields.map((field) => [field.name, fittingValue(field)]) ?? []);
    expect(values).toEqual({
      csrf: "abc",
      mail: "picket@example.com",
      amount: "3",
      day: "2030-02-01",
      size: "l",
      colour: "red",
      note: "Leave it & ring",
      pay: "bill",
      gift: "on",
      code: "AAA-1111",
      nick: "pic",
      go: "buy",
      outside: "o",
    });
  });
});

describe("readForms, as browsers read them", () => {
  const only = (html: string) => readForms(html)[0]?.fields.map((field) => [field.name, fittingValue(field)]);

  it("takes an option's text for its value where it has none", () =>
    expect(
      only("<form><select name=s><option value=''>-<option>Small<option selected> Big </select></form>"),
    ).toEqual([["s", "Big"]]));

  it("takes in what stands outside of the form and names it", () =>
    expect(
      only("<form id=f></form><select form=f name=s><option>M</select><textarea form=f name=t>hi</textarea>"),
    ).toEqual([
      ["s", "M"],
      ["t", "hi"],
    ]));

  it("sends it where a button says", () => {
    const html = `<form action=/save method=post><input name=q><button formaction=/preview>Look</button>
      <input type=submit formaction=/find formmethod=get></form>`;
    expect(readForms(html).map(({ method, action, fields }) => [method, action, fields.length])).toEqual([
      ["POST", "/save", 1],
      ["POST", "/preview", 1],
      ["GET", "/find", 1],
    ]);
  });

  it("says what its buttons say", () =>
    expect(
      readForms("<form id=gone><button>Delete <b>all</b></button> of it</form>")[0]?.captions.join(""),
    ).toBe("goneDelete all"));
});

describe("examplePattern", () => {
  it.each(["[0-9]{5}", "\\d{3}-?\\w+", "^[A-Za-z]+$", "[a-f\\d]{8}", "\\+\\d{2,}"])(
    "makes what %s accepts, or nothing",
    (pattern) => {
      const example = examplePattern(pattern);
      if (example !== null) expect(example).toMatch(new RegExp(`^(?:${pattern})$`));
    },
  );

  it.each(["(a+)+$", "a|b", "[^x]", "(?=x)x"])("gives up on %s", (pattern) =>
    expect(examplePattern(pattern)).toBeNull(),
  );
});
