// Packages from npm in a folder of their own.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const versions = {};

// True if npm has this version of the package.
function isPublished(name, version) {
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  versions[name] ??= JSON.parse(execFileSync('npm', ['view', '--json', name, 'versions'], options));
  return [versions[name]].flat().includes(version);
}

// The files of a version of a package; from npm if the target folder is missing. Undefined if npm does not have it.
export function unpacked(target, name, version) {
  if (!existsSync(target)) {
    if (!isPublished(name, version)) return undefined;
    const partial = `${target}.${process.pid}`;
    mkdirSync(partial, { recursive: true });
    execFileSync('npm', ['pack', '--silent', `${name}@${version}`], { cwd: partial, stdio: ['ignore', 'ignore', 'inherit'] });
    const archive = readdirSync(partial).find((file) => file.endsWith('.tgz'));
    execFileSync('tar', ['xzf', archive], { cwd: partial });
    try {
      renameSync(partial, target);
    } catch (error) {
      // Another process was faster.
      if (!existsSync(target)) throw error;
      rmSync(partial, { recursive: true });
    }
  }
  return join(target, 'package');
}
