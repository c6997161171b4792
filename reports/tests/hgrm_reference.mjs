// node hgrm_reference.mjs NODE_MODULES: reads {"encoded": [base64 V2 histograms], "scale"} from stdin, adds them with
// hdr-histogram-js, and prints its outputPercentileDistribution.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const hdr = createRequire(path.resolve(process.argv[2], "package.json"))("hdr-histogram-js");
const { encoded, scale } = JSON.parse(readFileSync(0, "utf8"));
const [sum, ...others] = encoded.map((text) => hdr.decodeFromCompressedBase64(text, 64, false));
others.forEach((other) => sum.add(other));
process.stdout.write(sum.outputPercentileDistribution(5, scale));
