import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Folder } from "./folder.ts";
import { startApache, startLighttpd, startMariadb, startNginx } from "./servers.ts";

/** Installed software with its own pages and configuration. */
export interface Software {
  /** Debian's packages, and a file of each by which it is known to be there. */
  packages: Readonly<Record<string, string>>;
  /** Starts it on loopback with nothing outside the folder written; resolves with the URL to scan. */
  start(folder: Folder): Promise<string>;
}

const APACHE = {
  apache2: "/usr/sbin/apache2",
  "libapache2-mod-php": "/etc/apache2/mods-available/php8.2.load",
};

async function startPhpmyadmin(folder: Folder): Promise<string> {
  const root = folder.copy("/usr/share/apache2/default-site", "www");
  return `${await startApache(folder, root, "Include /etc/phpmyadmin/apache.conf")}phpmyadmin/`;
}

/** A copy whose settings and pages are in the folder, too. */
async function startDokuwiki(folder: Folder): Promise<string> {
  const root = folder.copy("/usr/share/dokuwiki", "wiki");
  const conf = folder.copy("/etc/dokuwiki", "wiki-conf");
  const data = folder.copy("/var/lib/dokuwiki/data", "wiki-data");
  const preload = `<?php if (!defined('DOKU_CONF')) { define('DOKU_MAIN_CONF', '${conf}/'); define('DOKU_CONF', '${conf}/'); define('DOKU_FARM', false); }`;
  await folder.write("wiki/inc/preload.php", preload);
  await folder.write(
    "wiki-conf/local.php",
    `<?php $conf['savedir'] = '${data}'; $conf['superuser'] = '@admin';`,
  );
  return startApache(folder, root);
}

async function install(url: string): Promise<void> {
  const password = randomUUID();
  const form = {
    weblog_title: "Camp",
    user_name: "keeper",
    admin_password: password,
    admin_password2: password,
    pw_weak: "on",
    admin_email: "keeper@camp.example",
    blog_public: "0",
    language: "",
  };
  const answer = await fetch(`${url}wp-admin/install.php?step=2`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  const page = await answer.text();
  if (!page.includes("wp-login.php")) throw new Error(`WordPress was not installed: ${page.slice(0, 500)}`);
}

async function startWordpress(folder: Folder): Promise<string> {
  const password = randomUUID();
  const socket = await startMariadb(folder, password);
  const root = folder.copy("/usr/share/wordpress", "blog");
  folder.copy("/var/lib/wordpress/wp-content", "blog/wp-content");
  const sample = await readFile("/usr/share/wordpress/wp-config-sample.php", "utf8");
  const own = sample
    .replace("database_name_here", "wordpress")
    .replace("username_here", "wordpress")
    .replace("password_here", password)
    .replace("'DB_HOST', 'localhost'", `'DB_HOST', 'localhost:${socket}'`)
    .replaceAll("put your unique phrase here", () => randomUUID());
  await folder.write(join("blog", "wp-config.php"), own);
  const url = await startApache(folder, root);
  await install(url);
  return url;
}

export const SOFTWARE = {
  nginx: { packages: { "nginx-light": "/usr/sbin/nginx" }, start: startNginx },
  lighttpd: { packages: { lighttpd: "/usr/sbin/lighttpd" }, start: startLighttpd },
  apache: {
    packages: APACHE,
    start: (folder: Folder) => startApache(folder, folder.copy("/usr/share/apache2/default-site", "www")),
  },
  phpmyadmin: {
    packages: { ...APACHE, phpmyadmin: "/etc/phpmyadmin/apache.conf" },
    start: startPhpmyadmin,
  },
  dokuwiki: { packages: { ...APACHE, dokuwiki: "/usr/share/dokuwiki/doku.php" }, start: startDokuwiki },
  wordpress: {
    packages: {
      ...APACHE,
      wordpress: "/usr/share/wordpress/wp-login.php",
      "wordpress-theme-twentytwentythree":
        "/usr/share/wordpress/wp-content/themes/twentytwentythree/style.css",
      "mariadb-server": "/usr/sbin/mariadbd",
      "php-mysql": "/etc/php/8.2/mods-available/mysqli.ini",
    },
    start: startWordpress,
  },
} as const satisfies Record<string, Software>;
export type SoftwareName = keyof typeof SOFTWARE;
