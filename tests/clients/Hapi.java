// SPDX-License-Identifier: Apache-2.0

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.PreferReturnEnum;
import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.api.SummaryEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.interceptor.SimpleRequestHeaderInterceptor;
import ca.uhn.fhir.rest.gclient.TokenClientParam;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import ca.uhn.fhir.rest.server.exceptions.UnprocessableEntityException;
import ca.uhn.fhir.util.BundleUtil;
import ca.uhn.fhir.util.ParametersUtil;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.instance.model.api.IBaseConformance;
import org.hl7.fhir.instance.model.api.IBaseParameters;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;

/** HAPI's generic client over both bases, in JSON and in XML. Its parser is strict: what the gateway says must be well-formed FHIR. */
class Hapi {
	private static final String SYSTEM = "https://clients.test/mrn";

	private interface Case {
		void run() throws Exception;
	}

	private final FhirContext context;
	private final IGenericClient client;
	private final String name;
	private final String mrn;
	private final Class<? extends IBaseBundle> bundles;
	private IIdType kept;

	private Hapi(FhirContext context, String version, EncodingEnum encoding) {
		this.context = context;
		name = version + " " + encoding;
		mrn = "hapi-" + version + "-" + encoding;
		bundles = type("Bundle").asSubclass(IBaseBundle.class);
		client = context.newRestfulGenericClient(System.getenv("BASE") + "/fhir/" + version);
		client.setEncoding(encoding);
	}

	public static void main(String[] arguments) {
		for (FhirContext context : new FhirContext[] {FhirContext.forR4(), FhirContext.forR5()}) {
			context.setParserErrorHandler(new StrictErrorHandler());
			String version = context.getVersion().getVersion().name().toLowerCase();
			for (EncodingEnum encoding : new EncodingEnum[] {EncodingEnum.JSON, EncodingEnum.XML}) {
				new Hapi(context, version, encoding).cases();
			}
		}
	}

	private void cases() {
		check("the statement is read", this::statement);
		check("a plan is read, and not again while it is the same", this::read);
		check("a search is followed over its next links, and back", this::pages);
		check("a search is asked in each style", this::styles);
		check("a patient is created, and not twice", this::create);
		check("updated, by id and by condition, but not another version", this::update);
		check("patched, in both ways", this::patch);
		check("history, of it, of its type and of all", this::history);
		check("a transaction, whole or not at all", this::transaction);
		check("a batch", this::batch);
		check("operations, by GET and by POST", this::operations);
		check("validated", this::validate);
		check("deleted, and gone; by condition too", this::delete);
		check("what is not there, and what is not known, is told", this::errors);
	}

	// ---- cases

	private void statement() {
		IBaseResource statement = client.capabilities().ofType(type("CapabilityStatement").asSubclass(IBaseConformance.class)).execute();
		equal(context.getVersion().getVersion().getFhirVersionString(), value(statement, "fhirVersion"));
	}

	private void read() {
		IBaseResource plan = client.read().resource("PlanDefinition").withId("cpt-22514").execute();
		equal("active", value(plan, "status"));
		String version = plan.getIdElement().getVersionIdPart();
		equal(null, client.read().resource("PlanDefinition").withId("cpt-22514").ifVersionMatches(version).returnNull().execute());
		IBaseResource same = client.read().resource("PlanDefinition").withIdAndVersion("cpt-22514", version).execute();
		equal(value(plan, "url"), value(same, "url"));
		IBaseResource part = client.read().resource("PlanDefinition").withId("cpt-22514").elementsSubset("url").execute();
		equal(null, value(part, "title"));
	}

	private void pages() {
		List<String> ids = new ArrayList<>();
		IBaseBundle first = client.search().forResource("PlanDefinition").count(5).sort().ascending("_id").returnBundle(bundles).execute();
		IBaseBundle last = first;
		for (IBaseBundle page = first; page != null; page = next(page)) {
			ids.addAll(ids(page));
			last = page;
		}
		IBaseBundle counted = client.search().forResource("PlanDefinition").summaryMode(SummaryEnum.COUNT).returnBundle(bundles).execute();
		equal(BundleUtil.getTotal(context, counted), ids.size());
		equal(ids.size(), new HashSet<>(ids).size());
		that(ids.size() > 10);
		equal(ids(last), ids(next(client.loadPage().previous(last).execute())));
		equal(ids(first), ids(client.loadPage().byUrl(link(last, "first")).andReturnBundle(bundles).execute()));
	}

	private void styles() {
		for (SearchStyleEnum style : SearchStyleEnum.values()) {
			IBaseBundle found = client.search().forResource("PlanDefinition").where(new TokenClientParam("code").exactly().code("22514"))
				.usingStyle(style).returnBundle(bundles).execute();
			equal(List.of("cpt-22514"), ids(found));
		}
	}

	private void create() {
		MethodOutcome made = client.create().resource(patient(mrn)).prefer(PreferReturnEnum.REPRESENTATION).execute();
		equal(true, made.getCreated());
		equal("1", made.getId().getVersionIdPart());
		equal("Osei", value(made.getResource(), "name.family"));
		MethodOutcome again = client.create().resource(patient(mrn)).conditionalByUrl("Patient?identifier=" + SYSTEM + "|" + mrn).execute();
		equal(made.getId().getIdPart(), again.getId().getIdPart());
		kept = made.getId().toUnqualifiedVersionless();
		MethodOutcome minimal = client.create().resource(patient(mrn + "-minimal")).prefer(PreferReturnEnum.MINIMAL).execute();
		equal(null, minimal.getResource());
		equal(mrn + "-minimal", value(client.read().resource("Patient").withId(minimal.getId().getIdPart()).execute(), "identifier.value"));
	}

	private void update() {
		IBaseResource changed = client.read().resource("Patient").withId(kept.getIdPart()).execute();
		context.newTerser().addElement(changed, "birthDate", "1970-01-02");
		equal("2", client.update().resource(changed).execute().getId().getVersionIdPart());
		IBaseResource other = patient(mrn);
		context.newTerser().addElement(other, "birthDate", "1970-01-03");
		MethodOutcome byCondition = client.update().resource(other).conditional()
			.where(new TokenClientParam("identifier").exactly().systemAndIdentifier(SYSTEM, mrn)).execute();
		equal(kept.getIdPart(), byCondition.getId().getIdPart());
		equal("3", byCondition.getId().getVersionIdPart());
		SimpleRequestHeaderInterceptor match = new SimpleRequestHeaderInterceptor("If-Match", "W/\"1\"");
		client.registerInterceptor(match);
		refused(PreconditionFailedException.class, "conflict", () -> client.update().resource(changed).execute());
		client.unregisterInterceptor(match);
	}

	private void patch() {
		client.patch().withBody("[{\"op\":\"replace\",\"path\":\"/gender\",\"value\":\"other\"}]").withId(kept).execute();
		IBaseParameters patch = ParametersUtil.newInstance(context);
		var operation = ParametersUtil.addParameterToParameters(context, patch, "operation");
		ParametersUtil.addPartCode(context, operation, "type", "replace");
		ParametersUtil.addPartString(context, operation, "path", "Patient.birthDate");
		ParametersUtil.addPart(context, operation, "value", context.getElementDefinition("date").newInstance("1970-01-04"));
		MethodOutcome patched = client.patch().withFhirPatch(patch).withId(kept).prefer(PreferReturnEnum.REPRESENTATION).execute();
		equal("other", value(patched.getResource(), "gender"));
		equal("1970-01-04", value(patched.getResource(), "birthDate"));
	}

	private void history() {
		IBaseBundle told = client.history().onInstance(kept).returnBundle(bundles).execute();
		equal(List.of("5", "4", "3", "2", "1"),
			BundleUtil.toListOfResources(context, told).stream().map(version -> version.getIdElement().getVersionIdPart()).toList());
		IBaseBundle types = client.history().onType(patient("x").getClass()).returnBundle(bundles).count(2).execute();
		equal(2, BundleUtil.toListOfEntries(context, types).size());
		IBaseBundle all = client.history().onServer().returnBundle(bundles).count(3).execute();
		equal(3, BundleUtil.toListOfEntries(context, client.loadPage().next(all).execute()).size());
	}

	private void transaction() {
		IBaseBundle answer = client.transaction().withBundle(parse(bundles, pair(mrn + "-t", "active"))).execute();
		equal("transaction-response", BundleUtil.getBundleType(context, answer));
		IBaseBundle found = client.search().forResource("ServiceRequest").where(new TokenClientParam("status").exactly().code("active"))
			.and(new TokenClientParam("patient.identifier").exactly().systemAndCode(SYSTEM, mrn + "-t"))
			.include(new ca.uhn.fhir.model.api.Include("ServiceRequest:subject")).returnBundle(bundles).execute();
		equal(2, BundleUtil.toListOfResources(context, found).size());
		refused(BaseServerResponseException.class, "status", () -> client.transaction().withBundle(pair(mrn + "-u", "never")).execute());
		IBaseBundle none = client.search().forResource("Patient").where(new TokenClientParam("identifier").exactly().code(mrn + "-u"))
			.returnBundle(bundles).execute();
		equal(0, ids(none).size());
	}

	private void batch() {
		IBaseBundle answer = client.transaction().withBundle(parse(bundles, """
			{ "resourceType": "Bundle", "type": "batch", "entry": [
				{ "request": { "method": "GET", "url": "PlanDefinition/cpt-22514" } },
				{ "request": { "method": "GET", "url": "PlanDefinition/no-such-plan" } },
				{ "request": { "method": "GET", "url": "PlanDefinition?code=22514" } } ] }""")).execute();
		equal("batch-response", BundleUtil.getBundleType(context, answer));
		equal(List.of("200", "404", "200"), context.newTerser().getValues(answer, "Bundle.entry.response.status").stream()
			.map(status -> status.toString().substring(0, 3)).toList());
	}

	private void operations() {
		IBaseParameters subject = ParametersUtil.newInstance(context);
		ParametersUtil.addParameterToParametersString(context, subject, "subject", kept.getValue());
		IBaseResource order = client.operation().onInstance("ActivityDefinition/cpt-22514").named("$apply").withParameters(subject)
			.returnResourceType(type("ServiceRequest")).execute();
		equal(kept.getValue(), value(order, "subject.reference"));
		IBaseParameters code = ParametersUtil.newInstance(context);
		ParametersUtil.addParameterToParametersString(context, code, "code", "22514");
		IBaseBundle policies = client.operation().onType("PlanDefinition").named("$related-policies").withParameters(code).useHttpGet()
			.returnResourceType(bundles).execute();
		that(ids(policies).contains("alder-ridge-ar-0117"));
	}

	private void validate() {
		IBaseResource judged = (IBaseResource) client.validate().resource(nobody()).execute().getOperationOutcome();
		that(encode(judged).contains("pat-1"));
		IBaseResource fine = (IBaseResource) client.validate().resource(patient(mrn)).execute().getOperationOutcome();
		that(!encode(fine).contains("\"error\""));
	}

	private void delete() {
		client.delete().resourceById(kept).execute();
		refused(ResourceGoneException.class, "deleted", () -> client.read().resource("Patient").withId(kept.getIdPart()).execute());
		client.delete().resourceConditionalByUrl("Patient?identifier=" + SYSTEM + "|" + mrn + "-minimal").execute();
		IBaseBundle none = client.search().byUrl("Patient?identifier=" + SYSTEM + "|" + mrn + "-minimal").returnBundle(bundles).execute();
		equal(0, ids(none).size());
	}

	private void errors() {
		refused(ResourceNotFoundException.class, "no-such-plan", () -> client.read().resource("PlanDefinition").withId("no-such-plan").execute());
		refused(InvalidRequestException.class, "name", () -> client.search().byUrl("PlanDefinition?nmae=x").returnBundle(bundles).execute());
		refused(UnprocessableEntityException.class, "pat-1", () -> client.create().resource(nobody()).execute());
	}

	// ---- what they share

	private void check(String title, Case each) {
		try {
			each.run();
			System.out.println("ok - " + name + ": " + title);
		} catch (Throwable error) {
			System.out.println("not ok - " + name + ": " + title);
			System.out.println("# " + error.toString().replace("\n", "\n# "));
			for (StackTraceElement frame : error.getStackTrace()) {
				if (frame.getClassName().startsWith("Hapi")) System.out.println("#   at line " + frame.getLineNumber());
			}
		}
	}

	/** The call fails as `kind` with the gateway's OperationOutcome, which says `word`. */
	private void refused(Class<? extends BaseServerResponseException> kind, String word, Case call) {
		try {
			call.run();
		} catch (Exception error) {
			if (!kind.isInstance(error)) throw new AssertionError("refused as " + error, error);
			IBaseResource outcome = ((BaseServerResponseException) error).getOperationOutcome();
			that(outcome != null && encode(outcome).contains(word));
			return;
		}
		throw new AssertionError("it was not refused");
	}

	private static void equal(Object wanted, Object got) {
		if (wanted == null ? got != null : !wanted.equals(got)) throw new AssertionError(got + ", not " + wanted);
	}

	private static void that(boolean holds) {
		if (!holds) throw new AssertionError("it does not hold");
	}

	private Class<? extends IBaseResource> type(String resource) {
		return context.getResourceDefinition(resource).getImplementingClass();
	}

	private String value(IBaseResource resource, String path) {
		return context.newTerser().getSinglePrimitiveValueOrNull(resource, path);
	}

	private String encode(IBaseResource resource) {
		return context.newJsonParser().encodeResourceToString(resource);
	}

	private <T extends IBaseResource> T parse(Class<T> kind, String json) {
		return context.newJsonParser().parseResource(kind, json);
	}

	private String link(IBaseBundle bundle, String relation) {
		return BundleUtil.getLinkUrlOfType(context, bundle, relation);
	}

	private IBaseBundle next(IBaseBundle page) {
		return link(page, "next") == null ? null : client.loadPage().next(page).execute();
	}

	private List<String> ids(IBaseBundle bundle) {
		return BundleUtil.toListOfResources(context, bundle).stream().map(resource -> resource.getIdElement().getIdPart()).toList();
	}

	private IBaseResource patient(String identifier) {
		return context.newJsonParser().parseResource("""
			{ "resourceType": "Patient", "identifier": [ { "system": "%s", "value": "%s" } ],
			  "name": [ { "family": "Osei", "given": [ "Ama" ] } ], "gender": "female" }""".formatted(SYSTEM, identifier));
	}

	/** A patient with a contact who has neither name nor address (invariant pat-1). */
	private IBaseResource nobody() {
		return context.newJsonParser().parseResource("{ \"resourceType\": \"Patient\", \"contact\": [ { \"gender\": \"male\" } ] }");
	}

	/** A transaction whose second entry refers to its first, which is not there yet. */
	private String pair(String identifier, String status) {
		return """
			{ "resourceType": "Bundle", "type": "transaction", "entry": [
				{ "fullUrl": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", "resource": %s, "request": { "method": "POST", "url": "Patient" } },
				{ "resource": { "resourceType": "ServiceRequest", "status": "%s", "intent": "order",
					"subject": { "reference": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a" } },
				  "request": { "method": "POST", "url": "ServiceRequest" } } ] }""".formatted(encode(patient(identifier)), status);
	}
}
