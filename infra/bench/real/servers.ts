import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, until } from "../../services/index.ts";
import { answering, type Folder } from "./folder.ts";

/** nginx as Debian configures it, on loopback; its URL. */
export async function startNginx(folder: Folder): Promise<string> {
  const port = await freePort();
  const root = folder.copy("/usr/share/nginx/html", "www");
  const site = await readFile("/etc/nginx/sites-available/default", "utf8");
  await folder.write(
    "site.conf",
    site
      .replace("listen 80 default_server;", `listen 127.0.0.1:${port} default_server;`)
      .replace("listen [::]:80 default_server;", "")
      .replace("/var/www/html", root),
  );
  const main = await readFile("/etc/nginx/nginx.conf", "utf8");
  const own = main
    .replace("/run/nginx.pid", join(folder.path, "nginx.pid"))
    .replaceAll("/var/log/nginx", folder.path)
    .replace("/etc/nginx/sites-enabled/*", join(folder.path, "site.conf"))
    .replace("include /etc/nginx/conf.d/*.conf;", "");
  const args = ["-c", await folder.write("nginx.conf", own), "-g", "daemon off;"];
  return answering(`http://127.0.0.1:${port}/`, folder.start("nginx", { command: "/usr/sbin/nginx", args }));
}

/** lighttpd as Debian configures it, on loopback; its URL. */
export async function startLighttpd(folder: Folder): Promise<string> {
  const port = await freePort();
  const root = join(folder.path, "www");
  folder.run("install", ["-D", "-m", "644", "/usr/share/lighttpd/index.html", join(root, "index.html")]);
  const main = await readFile("/etc/lighttpd/lighttpd.conf", "utf8");
  const own = main
    .replaceAll("/var/www/html", root)
    .replaceAll("/var/cache/lighttpd/uploads", folder.path)
    .replace("/var/log/lighttpd", folder.path)
    .replace("/run/lighttpd.pid", join(folder.path, "lighttpd.pid"))
    .replace(/^include_shell ".*use-ipv6.*$/m, 'server.bind = "127.0.0.1"')
    .replace(/^(server\.port\s*=).*$/m, `$1 ${port}`);
  const args = ["-D", "-f", await folder.write("lighttpd.conf", own)];
  return answering(
    `http://127.0.0.1:${port}/`,
    folder.start("lighttpd", { command: "/usr/sbin/lighttpd", args }),
  );
}

const CONF = ["charset", "localized-error-pages", "security", "serve-cgi-bin"];

/** Apache with PHP as Debian configures it, on loopback, with `root` and what `extra` adds to its site; its URL. */
export async function startApache(folder: Folder, root: string, extra = ""): Promise<string> {
  const port = await freePort();
  const site = `<VirtualHost *:${port}>
  DocumentRoot ${root}
  ErrorLog ${folder.path}/error.log
  <Directory ${root}>
    Options Indexes FollowSymLinks
    AllowOverride All
    Require all granted
  </Directory>
  ${extra}
</VirtualHost>`;
  const main = await readFile("/etc/apache2/apache2.conf", "utf8");
  const own = main
    .replace("Include ports.conf", `Listen 127.0.0.1:${port}`)
    .replace(
      "IncludeOptional conf-enabled/*.conf",
      CONF.map((name) => `Include conf-available/${name}.conf`).join("\n"),
    )
    .replace("IncludeOptional sites-enabled/*.conf", site);
  const file = await folder.write("apache2.conf", own);
  const env = {
    PATH: process.env.PATH,
    APACHE_RUN_DIR: folder.path,
    APACHE_LOCK_DIR: folder.path,
    APACHE_LOG_DIR: folder.path,
    APACHE_PID_FILE: join(folder.path, "apache2.pid"),
    APACHE_RUN_USER: "www-data",
    APACHE_RUN_GROUP: "www-data",
  };
  const args = ["-d", "/etc/apache2", "-f", file, "-DFOREGROUND"];
  return answering(
    `http://127.0.0.1:${port}/`,
    folder.start("apache2", { command: "/usr/sbin/apache2", args, env }),
  );
}

/** A MariaDB of its own; the path of its socket. It has a database and a user `wordpress`. */
export async function startMariadb(folder: Folder, password: string): Promise<string> {
  const [data, socket] = [join(folder.path, "db"), join(folder.path, "db.sock")];
  const user = folder.run("id", ["-un"]).trim();
  const common = ["--no-defaults", `--datadir=${data}`, `--user=${user}`];
  folder.run("mariadb-install-db", [...common, "--auth-root-authentication-method=normal", "--skip-test-db"]);
  const server = folder.start("mariadb", {
    command: "/usr/sbin/mariadbd",
    args: [...common, `--socket=${socket}`, "--skip-networking", "--innodb-buffer-pool-size=32M"],
  });

  const sql = `CREATE DATABASE wordpress; GRANT ALL ON wordpress.* TO wordpress@localhost IDENTIFIED BY '${password}';`;
  await until(async () => folder.run("mariadb", ["--no-defaults", `--socket=${socket}`, "-uroot"], sql), {
    guard: server.assertRunning,
  });
  return socket;
}
