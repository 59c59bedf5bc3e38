// SPDX-License-Identifier: Apache-2.0
package dev.cannula.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Warnings that may stand: lines of "pattern TAB reason"; a pattern is searched in "SEVERITY location: message". */
record Allowed(List<Pattern> patterns) {
	static Allowed read(Path file) throws IOException {
		return new Allowed(Files.readAllLines(file).stream().filter(line -> !line.isBlank() && !line.startsWith("#")).map(Allowed::pattern).toList());
	}

	private static Pattern pattern(String line) {
		String[] columns = line.split("\t+");
		if (columns.length != 2) {
			throw new IllegalArgumentException("an allowed warning needs a pattern, a tab and a reason: " + line);
		}
		return Pattern.compile(columns[0]);
	}

	boolean allows(String warning) {
		return patterns.stream().anyMatch(pattern -> pattern.matcher(warning).find());
	}
}
