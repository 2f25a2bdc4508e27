// Packages from npm in a folder of their own.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// The files of a package, such as name@1.2.3; from npm if the target folder is missing.
export function unpacked(target, wanted) {
  if (!existsSync(target)) {
    const partial = `${target}.${process.pid}`;
    mkdirSync(partial, { recursive: true });
    execFileSync('npm', ['pack', '--silent', wanted], { cwd: partial, stdio: ['ignore', 'ignore', 'inherit'] });
    const archive = readdirSync(partial).find((name) => name.endsWith('.tgz'));
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
