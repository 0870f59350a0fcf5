/** The version of this release, from the package.json nearest above: the same from source and from `dist/`. */
import { existsSync, readFileSync } from 'node:fs';

export function version(): string {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder)) && folder.pathname !== '/')
    folder = new URL('../', folder);
  const { version: text } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
    readonly version: string;
  };
  return text;
}
