// SPDX-License-Identifier: Apache-2.0
package dev.cannula.conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.util.BundleUtil;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.common.hapi.validation.validator.WorkerContextValidationSupportAdapter;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r5.model.StructureDefinition;

/**
 * Validates every JSON file of a folder with the HL7 validator, offline, and prints TAP: one test per file. A file passes without errors and
 * without warnings other than the allowed ones.
 */
public final class Validate {
	/** What the HL7 loader marks the definitions with that it was told to take as additional resources. */
	private static final String CUSTOM_RESOURCE = "loader-custom-resource";

	private final FhirValidator validator;
	private final Allowed allowed;

	Validate(FhirContext context, Path profiles, Allowed allowed) throws IOException {
		var ours = new PrePopulatedValidationSupport(context);
		for (Path file : jsonFiles(profiles.resolve("terminology"), profiles.resolve("structures"), profiles.resolve("extensions"))) {
			add(context, ours, context.newJsonParser().parseResource(Files.readString(file)));
		}
		var chain = new ValidationSupportChain(ours, new DefaultProfileValidationSupport(context),
			new CommonCodeSystemsTerminologyService(context), new InMemoryTerminologyServerValidationSupport(context),
			new SnapshotGeneratingValidationSupport(context));
		var module = new FhirInstanceValidator(chain);
		module.setWrappedWorkerContext(chain, workerContext(chain, ours));
		this.validator = context.newValidator().registerValidatorModule(module);
		this.allowed = allowed;
	}

	private static void add(FhirContext context, PrePopulatedValidationSupport ours, IBaseResource resource) {
		if (resource instanceof IBaseBundle bundle) {
			BundleUtil.toListOfResources(context, bundle).forEach(ours::addResource);
			return;
		}
		ours.addResource(resource);
	}

	/** The validator's view of all definitions, in which ours are known as additional resources. */
	private static WorkerContextValidationSupportAdapter workerContext(IValidationSupport chain, IValidationSupport ours) {
		var context = WorkerContextValidationSupportAdapter.newVersionSpecificWorkerContextWrapper(chain);
		for (StructureDefinition definition : context.fetchResourcesByType(StructureDefinition.class)) {
			if (ours.fetchStructureDefinition(definition.getUrl()) != null) {
				definition.setUserData(CUSTOM_RESOURCE, "true");
			}
		}
		return context;
	}

	static List<Path> jsonFiles(Path... folders) throws IOException {
		List<Path> files = new ArrayList<>();
		for (Path folder : folders) {
			try (Stream<Path> paths = Files.list(folder)) {
				paths.filter(path -> path.toString().endsWith(".json")).sorted().forEach(files::add);
			}
		}
		return files;
	}

	/** All that the HL7 validator says about a file. */
	List<SingleValidationMessage> messages(Path file) throws IOException {
		return validator.validateWithResult(Files.readString(file)).getMessages();
	}

	/** What is wrong with a file, a line each. */
	private List<String> check(Path file) throws IOException {
		List<String> wrong = new ArrayList<>();
		for (SingleValidationMessage message : messages(file)) {
			String line = "%s %s: %s".formatted(message.getSeverity(), message.getLocationString(), message.getMessage());
			switch (message.getSeverity()) {
				case INFORMATION -> { }
				case WARNING -> {
					if (!allowed.allows(line)) {
						wrong.add(line);
					}
				}
				default -> wrong.add(line);
			}
		}
		return wrong;
	}

	/** Prints a test for each file; returns how many failed. */
	private int run(String version, List<Path> files, int number) throws IOException {
		int failed = 0;
		for (Path file : files) {
			List<String> wrong = check(file);
			failed += wrong.isEmpty() ? 0 : 1;
			System.out.printf("%s %d - %s %s%n", wrong.isEmpty() ? "ok" : "not ok", ++number, version, file.getFileName());
			wrong.forEach(line -> System.out.println("# " + line.replace('\n', ' ')));
			System.out.flush();
		}
		return failed;
	}

	/** Arguments: the project's profiles folder, the file of allowed warnings, and for each version r4=FOLDER or r5=FOLDER. */
	public static void main(String[] args) throws IOException {
		if (args.length < 3) {
			System.err.println("usage: Validate PROFILES ALLOWED-WARNINGS r4|r5=FOLDER...");
			System.exit(2);
		}
		var allowed = Allowed.read(Path.of(args[1]));
		int failed = 0;
		int number = 0;
		for (String versionAndFolder : List.of(args).subList(2, args.length)) {
			String[] parts = versionAndFolder.split("=", 2);
			FhirContext context = parts[0].equals("r4") ? FhirContext.forR4() : FhirContext.forR5();
			List<Path> files = jsonFiles(Path.of(parts[1]));
			failed += new Validate(context, Path.of(args[0]), allowed).run(parts[0], files, number);
			number += files.size();
		}
		System.out.println("1.." + number);
		System.exit(failed == 0 ? 0 : 1);
	}
}
