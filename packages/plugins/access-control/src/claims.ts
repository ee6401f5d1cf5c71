import type { Claim } from "@picket/plugin-sdk";

const CHEAT_SHEET = "https://cheatsheetseries.owasp.org/cheatsheets/Authorization_Cheat_Sheet.html";
const WSTG =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/05-Authorization_Testing";

const REMEDIATION = `Decide on the server, for each object and each request, whether this user may have it, and refuse by default. An id that is hard to guess is no permission.
SQL: SELECT … FROM orders WHERE id = $1 AND owner_id = $2, with the owner from the session, never from the request
Express: one middleware before all routes that asks for a login: app.use(requireLogin); const order = await orders.findOne({ id, ownerId: request.user.id }); if (!order) return response.sendStatus(404)
Spring: @PreAuthorize("isAuthenticated()"), and repository.findByIdAndOwner(id, principal)
Django: get_object_or_404(Order, pk=pk, owner=request.user) behind login_required; Rails: current_user.orders.find(params[:id]); Laravel: $this->authorize("view", $order)
nginx or Apache: auth_request, or Require valid-user, over whole folders only where all of it is for everybody who logs in
Test it: each route with another user's object must answer 403 or 404.`;

export const OBJECT_OF_ANOTHER_USER = {
  type: "object-of-another-user",
  title: "What belongs to one user can be read by another (IDOR)",
  description:
    "A page that the first user was led to shows the same to the second user, who is led there by nothing, and not to somebody without a login. The id in its address decides alone what is shown: whoever tries ids reads what belongs to others. Whether this object is meant to be shared, only its owner can say.",
  severity: "high",
  remediation: REMEDIATION,
  references: [
    `${WSTG}/04-Testing_for_Insecure_Direct_Object_References`,
    CHEAT_SHEET,
    "https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/",
  ],
  cwe: 639,
} as const satisfies Claim & { type: string };

export const MISSING_AUTHENTICATION = {
  type: "missing-authentication",
  title: "A user's data can be read without a login",
  description:
    "A page that was found behind a login, and that no public page leads to, shows the user's address to somebody who is not logged in. Whoever knows or guesses its address reads what is meant for this user.",
  severity: "high",
  remediation: REMEDIATION,
  references: [`${WSTG}/02-Testing_for_Bypassing_Authorization_Schema`, CHEAT_SHEET],
  cwe: 306,
} as const satisfies Claim & { type: string };
