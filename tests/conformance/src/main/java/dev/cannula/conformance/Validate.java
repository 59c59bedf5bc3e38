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
 * without warnings other than the allowed ones. XML documents are put before the official schema.
 */
public final class Validate {
	/** What the HL7 loader marks the definitions with that it was told to take as additional resources. */
	private static final String CUSTOM_RESOURCE = "loader-custom-resource";

	private final FhirValidator validator;
	private final Allowed allowed;

	/** Definitions are all JSON files of the folders. */
	Validate(FhirContext context, Allowed allowed, Path... definitions) throws IOException {
		var ours = new PrePopulatedValidationSupport(context);
		for (Path file : jsonFiles(definitions)) {
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

	/** Where profiles/ has definitions. */
	static Path[] definitions(Path profiles) {
		return Stream.of("terminology", "structures", "extensions").map(profiles::resolve).toArray(Path[]::new);
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

	/** The tests so far. */
	private static int number, failures;

	/** Prints a test; what is wrong, if anything, a line each. */
	private static void report(String title, List<String> wrong) {
		System.out.printf("%s %d - %s%n", wrong.isEmpty() ? "ok" : "not ok", ++number, title);
		wrong.forEach(line -> System.out.println("# " + line.replace('\n', ' ')));
		System.out.flush();
		failures += wrong.isEmpty() ? 0 : 1;
	}

	private static void checkByValidator(String version, Path folder, Path profiles, Allowed allowed) throws IOException {
		var validate = new Validate(version.equals("r4") ? FhirContext.forR4() : FhirContext.forR5(), allowed, definitions(profiles));
		for (Path file : jsonFiles(folder)) {
			report(version + " " + file.getFileName(), validate.check(file));
		}
	}

	private static void checkBySchema(String version, Path file) throws IOException {
		var schema = new Schema(version);
		List<String> documents = Schema.documents(file);
		boolean refuses = !schema.check(List.of(Schema.OUT_OF_ORDER)).isEmpty();
		report(version + ": the official schema refuses elements out of order", refuses ? List.of() : List.of("it does not"));
		report("%s: the official schema takes our XML of %d resources".formatted(version, documents.size()), schema.check(documents));
	}

	/**
	 * Arguments: the project's profiles folder, the file of allowed warnings, and for each version r4=PATH or r5=PATH: a folder of JSON files
	 * for the validator, or a file of XML documents for the schema.
	 */
	public static void main(String[] args) throws IOException {
		if (args.length < 3) {
			System.err.println("usage: Validate PROFILES ALLOWED-WARNINGS r4|r5=FOLDER|FILE...");
			System.exit(2);
		}
		var allowed = Allowed.read(Path.of(args[1]));
		for (String versionAndPath : List.of(args).subList(2, args.length)) {
			String[] parts = versionAndPath.split("=", 2);
			Path path = Path.of(parts[1]);
			if (Files.isDirectory(path)) {
				checkByValidator(parts[0], path, Path.of(args[0]), allowed);
			} else {
				checkBySchema(parts[0], path);
			}
		}
		System.out.println("1.." + number);
		System.exit(failures == 0 ? 0 : 1);
	}
}
