// SPDX-License-Identifier: Apache-2.0
package dev.cannula.conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Prints each error of the HL7 validator about the JSON files of a folder: file, place, message, by tabs. A file without errors has a row "-". */
public final class Verdicts {
	private static boolean isError(SingleValidationMessage message) {
		return message.getSeverity() == ResultSeverityEnum.ERROR || message.getSeverity() == ResultSeverityEnum.FATAL;
	}

	/** The validator gives up on some inputs by an exception: that is an error of the file too. */
	private static List<String> errors(Validate validator, Path file) throws IOException {
		try {
			return validator.messages(file).stream().filter(Verdicts::isError)
				.map(message -> message.getLocationString() + "\t" + message.getMessage().replaceAll("\\s+", " ")).toList();
		} catch (RuntimeException e) {
			return List.of("\t" + e.getClass().getSimpleName() + ": " + e.getMessage());
		}
	}

	/** Arguments: the project's profiles folder, a folder of definitions more, and for each version r4=FOLDER or r5=FOLDER. */
	public static void main(String[] args) throws IOException {
		List<Path> definitions = new ArrayList<>(List.of(Validate.definitions(Path.of(args[0]))));
		definitions.add(Path.of(args[1]));
		for (String versionAndFolder : List.of(args).subList(2, args.length)) {
			String[] parts = versionAndFolder.split("=", 2);
			FhirContext context = parts[0].equals("r4") ? FhirContext.forR4() : FhirContext.forR5();
			var validator = new Validate(context, new Allowed(List.of()), definitions.toArray(Path[]::new));
			for (Path file : Validate.jsonFiles(Path.of(parts[1]))) {
				List<String> errors = errors(validator, file);
				errors.forEach(error -> System.out.println(parts[0] + "/" + file.getFileName() + "\t" + error));
				if (errors.isEmpty()) {
					System.out.println(parts[0] + "/" + file.getFileName() + "\t-\t-");
				}
				System.out.flush();
			}
		}
	}
}
