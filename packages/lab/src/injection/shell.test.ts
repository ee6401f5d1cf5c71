import { describe, expect, it } from "@jest/globals";
import { runShell } from "./shell.ts";

describe("runShell", () => {
  it.each([
    ["echo a 'b  c' \"d$((6*7))\" # e", "a b  c d42\n"],
    ["ping x; echo y", "PING x: 56 data bytes\n1 packets transmitted, 1 received\ny\n"],
    ["echo a | echo b", "b\n"],
    ["echo a && echo b || echo c", "a\nb\n"],
    ["echo '$((6*7))'", "$((6*7))\n"],
    ["echo $(echo a)`id`b", "auid=33(www-data) gid=33(www-data) groups=33(www-data)b\n"],
    ['host "x"\necho y#z', "x has address 192.0.2.7\ny#z\n"],
    ["echo 'a", "sh: 1: Syntax error: Unterminated quoted string\n"],
    ["whoami", "sh: 1: whoami: not found\n"],
  ])("prints what a shell prints for %j", (line, output) => {
    expect(runShell(line)).toBe(output);
  });
});
