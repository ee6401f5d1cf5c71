/** A file that should not be there. All secrets in it are made up. */
interface Leak {
  path: string;
  type: string;
  body: string;
}

const GIT_CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
[remote "origin"]
	url = git@git.camp.example:shop/web.git
	fetch = +refs/heads/*:refs/remotes/origin/*
[branch "main"]
	remote = origin
	merge = refs/heads/main
`;

const ENV = `APP_ENV=production
APP_DEBUG=false
APP_KEY=base64:bm90LWEtcmVhbC1rZXktb25seS1mb3ItdGhlLWxhYi4=
DB_HOST=127.0.0.1
DB_USERNAME=shop
DB_PASSWORD=not-a-real-password
MAIL_FROM="Camp & Kettle"
`;

const CHECKOUT_SOURCE = `<?php
require_once __DIR__ . '/lib/database.php';
$db = new PDO('mysql:host=127.0.0.1;dbname=shop', 'shop', 'not-a-real-password');
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $db->prepare('INSERT INTO orders (street, city) VALUES (?, ?)')->execute([$_POST['street'], $_POST['city']]);
}
`;

const DUMP = `-- MySQL dump 10.19  Distrib 10.3.38-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------
DROP TABLE IF EXISTS \`customers\`;
CREATE TABLE \`customers\` (
  \`id\` int(11) NOT NULL AUTO_INCREMENT,
  \`email\` varchar(190) NOT NULL,
  \`password_hash\` varchar(60) NOT NULL,
  PRIMARY KEY (\`id\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO \`customers\` VALUES (1,'demo@camp.example','$2y$10$not.a.real.hash');
`;

const SERVER_STATUS = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Apache Status</title></head><body>
<h1>Apache Server Status for 127.0.0.1 (via 127.0.0.1)</h1>
<dl><dt>Server Version: Apache/2.4.54 (Debian)</dt>
<dt>Server MPM: prefork</dt>
<dt>Server Built: 2022-06-09T04:26:43</dt></dl><hr />
<dl><dt>Server uptime:  11 days 4 hours 2 minutes 9 seconds</dt>
<dt>Total accesses: 48211 - Total Traffic: 1.1 GB</dt>
<dt>2 requests currently being processed, 5 idle workers</dt></dl>
<pre>__W__K_.........</pre>
</body></html>
`;

/** What the vulnerable shop left lying in its web root. */
export const LEAKS: readonly Leak[] = [
  { path: "/.git/HEAD", type: "text/plain", body: "ref: refs/heads/main\n" },
  { path: "/.git/config", type: "text/plain", body: GIT_CONFIG },
  { path: "/.env", type: "text/plain", body: ENV },
  { path: "/checkout.php.bak", type: "application/octet-stream", body: CHECKOUT_SOURCE },
  { path: "/backup.sql", type: "application/sql", body: DUMP },
  { path: "/server-status", type: "html", body: SERVER_STATUS },
];
